-- Reason: a process with another keyring than the one that the database was written with must not start, least of all
-- one that rotates keys and so throws away what the right keyring could still open.
-- Locks: creates a new object only.

-- One row: a known text under the field key, and its digest under the index key. Says nothing about either key.
create table kernel_keyring_check (
  id boolean primary key default true check (id),
  sealed bytea not null,
  index_key_id text not null,
  index_digest bytea not null,
  written_at timestamptz not null
);
