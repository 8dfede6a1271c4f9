-- Reason: 社会保险法: nobody draws two basic medical insurances at a time. Until now only the program saw to it, and only
--   within one registration; two writers could still give one person two insured cities for a day, and two funds a bill.
--   btree_gist is a trusted extension of PostgreSQL itself: the owner of the database may create it.
-- Lock: access exclusive on people_insurance while the index is built.

create extension if not exists btree_gist;

alter table people_insurance add constraint people_insurance_one_a_day
  exclude using gist (person_id with =, daterange(from_date, to_date, '[]') with &&);
