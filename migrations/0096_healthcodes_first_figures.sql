-- Reason: first figures of policy and the level tables of the four cities. Project defaults: none is verified against a
--   document of a city.
-- Lock: rows of two small tables.

insert into healthcodes_policy (name, version, value, from_date, source, verified) values
  ('order-max-days', 1, 30, '2020-01-01', 'project default', false),
  ('code-life-s', 1, 86400, '2020-01-01', 'project default', false),
  ('code-max-age-s', 1, 86400, '2020-01-01', 'project default', false),
  ('clock-skew-s', 1, 300, '2020-01-01', 'project default', false),
  ('appeal-due-h', 1, 24, '2020-01-01', 'project default', false),
  ('appeal-second-within-days', 1, 7, '2020-01-01', 'project default', false),
  ('single-changes-an-hour', 1, 20, '2020-01-01', 'project default', false),
  ('hold-max-days', 1, 180, '2020-01-01', 'project default', false),
  ('retention-days', 1, 14, '2020-01-01', 'project default; precedent of the travel card (行程卡)', false);

insert into healthcodes_issuer (issuer_version_id, issuer, version, city, name_zh, name_en, region, keys, from_at,
  source, verified, proposed_client, proposed_officer, proposed_at, approved_client, approved_officer, approved_at)
select ('00000000-0000-7000-8000-000000' || city)::uuid, 'urn:yimatong:' || city, 1, city, zh, en, city, '[]',
  '2020-01-01T00:00:00+08:00', 'project default', false,
  'schema', 'schema', '2020-01-01T00:00:00+08:00', 'schema-review', 'schema-review', '2020-01-01T00:00:00+08:00'
from (values ('510100', '成都市', 'Chengdu'), ('510600', '德阳市', 'Deyang'), ('511400', '眉山市', 'Meishan'),
  ('512000', '资阳市', 'Ziyang')) as cities (city, zh, en);

insert into healthcodes_level_map (issuer_version_id, issuer_level, level)
select issuer_version_id, issuer_level, level
from healthcodes_issuer, (values ('00', 'green'), ('01', 'yellow'), ('02', 'red')) as levels (issuer_level, level);
