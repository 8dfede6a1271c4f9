-- Reason: a report whose name, birth date or sex contradicts the person of its number waits for review
--   (docs/decisions/0018). The old list of reasons does not know that.
-- Lock: ACCESS EXCLUSIVE on labs_review for as long as its rows are checked; it holds open reports of 30 days.

alter table labs_review
  drop constraint labs_review_reason_check,
  add constraint labs_review_reason_check
    check (reason in ('person-unknown', 'person-ambiguous', 'person-contradicted', 'identifier-missing'));
