-- Reason: the report of differences looks only at codes about which a city says something of its own: few of 200,000.
-- Lock: share on both tables while the indexes are built; they are small when this runs.

create index catalogue_item_local on catalogue_item (hilist_code)
  where superseded_at is null and insu_admdvs <> '510000';
create index catalogue_limit_local on catalogue_limit (hilist_code)
  where superseded_at is null and insu_admdvs <> '510000';
