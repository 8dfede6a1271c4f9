-- Reason: when a key is compromised its issuer must know how many cards fall with it.
-- Lock: cards_card for as long as the index is built; on a large table do this while nothing is issued.

-- Key that signed the card when it was issued. Null for cards of before, whose key nobody wrote down.
alter table cards_card add column kid text;
create index cards_card_key on cards_card (kid, status) where kid is not null;

-- A card that was signed once more, to be printed, under another key. Not distributed by person: it is asked for by key.
create table cards_print (
  kid     text not null,
  card_id uuid not null,
  primary key (kid, card_id)
);
