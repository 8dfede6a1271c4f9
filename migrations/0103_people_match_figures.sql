-- Reason: first weights and thresholds of matching. Project defaults: chosen so that name, birth date and sex together call
--   for a reviewer and never for more, and that a number with a slip in it is probable at best. Not calibrated on real data.
-- Lock: rows of two small tables.

insert into people_match_policy
  (version, from_date, certain, probable, possible, block_limit, max_candidates, source, verified)
values (1, '2000-01-01', 9000, 7500, 5500, 100, 200, 'project default, not calibrated on data of the four cities', false);

insert into people_match_weight (version, field, agreement, points) values
  (1, 'name', 'equal', 3000), (1, 'name', 'reordered', 2800), (1, 'name', 'near', 1500), (1, 'name', 'differs', -3000),
  (1, 'birthDate', 'equal', 2500), (1, 'birthDate', 'swapped', 2000), (1, 'birthDate', 'neighbour', 1700),
  (1, 'birthDate', 'near', 1200), (1, 'birthDate', 'differs', -2500),
  (1, 'sex', 'equal', 500), (1, 'sex', 'differs', -1000),
  (1, 'phone', 'equal', 2000), (1, 'phone', 'near', 1000), (1, 'phone', 'differs', 0),
  (1, 'number', 'equal', 6000), (1, 'number', 'near', 2500), (1, 'number', 'differs', -3500);
