-- Reason: figures with which a hub can hold results at all. They are start values of this project, no published rule.
-- Lock: none; rows are added to a new table.

insert into labs_policy (name, version, value, from_date, source, verified) values
  -- Longer than any validity in a catalogue that was seen (90 days), with room for a dispute about a decision.
  ('report-days', 1, 365, '2026-01-01', 'start value of this project; no published rule was found', false),
  ('review-days', 1, 30, '2026-01-01', 'start value of this project; no published rule was found', false),
  -- How long a sender may repeat a message and get the stored answer.
  ('message-days', 1, 30, '2026-01-01', 'start value of this project: longer than any sender was seen to repeat a message', false);
