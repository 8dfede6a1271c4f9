-- For a database of a faults run alone: each event of settlement is in the outbox a second time.
create function faults_deliver_twice() returns trigger language plpgsql as $$
begin
  if new.queue = 'settlement' and pg_trigger_depth() = 1 then
    insert into kernel_outbox (topic, queue, payload, request_id, created_at)
    values (new.topic, new.queue, new.payload, new.request_id, new.created_at);
  end if;
  return null;
end
$$;
create trigger faults_deliver_twice after insert on kernel_outbox
  for each row execute function faults_deliver_twice();
