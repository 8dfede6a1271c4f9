-- Reason: a message about a person is delivered only where the person's word allows its purpose. Which purpose an event serves
--   is policy like the other figures of its channel.
-- Lock: routing_channel (some rows a year), for a moment.

-- A purpose of use of the slice `consent`. One that a law decides, such as public health, heeds nobody's refusal there.
alter table routing_channel add column purpose text not null default 'TREAT' check (purpose ~ '^[A-Z]{2,20}$');
