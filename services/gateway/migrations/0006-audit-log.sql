-- Who changed what. Entries outlive what they speak of, so they point at nothing; personal data is in none of them.
create table audit_log (
  id uuid primary key,
  at timestamptz not null default clock_timestamp(),
  actor_id text not null check (char_length(actor_id) between 1 and 255),
  actor_role text not null check (actor_role in ('viewer', 'operator', 'admin', 'system', 'none')),
  action text not null check (action in ('created', 'updated', 'deleted')),
  entity text not null check (entity ~ '^[a-z]+$' and char_length(entity) <= 63),
  entity_id uuid not null,
  -- Every field that changed; values stand beside only for those of the program's list.
  changed text[] not null,
  before jsonb check (jsonb_typeof(before) = 'object'),
  after jsonb check (jsonb_typeof(after) = 'object'),
  trace_id text check (trace_id ~ '^[0-9a-f]{32}$'),
  constraint audit_log_sides_match_action check (
    (before is null) = (action = 'created') and (after is null) = (action = 'deleted')
  )
);

-- Serve the lists, newest first (ids begin with their time), of one entity and of one actor; the whole log goes by its
-- key.
create index audit_log_entity_idx on audit_log (entity_id, id desc);
create index audit_log_actor_idx on audit_log (actor_id, id desc);
-- Serves questions about a span of time, which arise after an incident.
create index audit_log_at_idx on audit_log (at);

create function audit_log_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'audit_log is append-only: % is refused', lower(tg_op) using errcode = 'restrict_violation';
end $$;

create trigger audit_log_append_only before update or delete or truncate on audit_log
  for each statement execute function audit_log_refuse();

-- Also in sessions that replay a replication stream, where ordinary triggers rest.
alter table audit_log enable always trigger audit_log_append_only;
