-- Reason: a community health centre (社区卫生服务机构) has a deductible and a ratio of its own in most cities, below those of 一级. The
--   level alone does not say so: it goes from 0 to 3, and a centre may have 一级 or none.
-- Lock: adding a column with a constant default rewrites nothing. The check is read over the few thousand rows of the register.

alter table institutions_level
  add column community boolean not null default false,
  -- Of a hospital of 二级 or 三级 it would be a contradiction, and one of the two would decide over money.
  add constraint institutions_level_community check (not community or level <= 1);
