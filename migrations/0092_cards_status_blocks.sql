-- Reason: a verifying process must know the status of thirty million cards two seconds after its start. Their two bits each
--   are kept here as they are held in memory and published: 65,536 places a row, in the order of the IETF Token Status List.
-- Lock: new table; cards_card is read once.

create table cards_status_block (
  city  text not null references cards_issuer,
  -- Places block * 65536 to block * 65536 + 65535.
  block integer not null check (block >= 0),
  -- 0 valid, 1 revoked, 2 suspended, 3 no card has this place; four places a byte, the first in the lowest bits.
  bits  bytea not null check (octet_length(bits) = 16384),
  primary key (city, block)
);

insert into cards_status_block (city, block, bits)
select place.city, place.block,
       string_agg(set_byte('\x00'::bytea, 0, 255 - coalesce(taken.bits, 0)), ''::bytea order by place.byte_no)
from (
  select city, block, byte_no
  from (select distinct city, status_index >> 16 as block from cards_card) as used, generate_series(0, 16383) as byte_no
) as place
left join (
  select city, status_index >> 16 as block, (status_index & 65535) >> 2 as byte_no,
         sum((3 - status) << (2 * (status_index & 3)))::integer as bits
  from cards_card
  group by 1, 2, 3
) as taken using (city, block, byte_no)
group by place.city, place.block;

