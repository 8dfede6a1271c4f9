-- Reason: a stored answer can hold what is stored nowhere else in clear, such as a card that was just issued. Answers are
--   encrypted from now on, each for its client and key. What is there was written in clear and only serves repeats of the
--   last seven days: it is removed.
-- Lock: access exclusive on kernel_idempotency_key, for as long as its rows are deleted.

delete from kernel_idempotency_key;
alter table kernel_idempotency_key alter column answer type bytea using null;
alter table kernel_idempotency_key rename column answer to answer_encrypted;
