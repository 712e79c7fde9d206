-- Foreign keys lock the live tables they point at for a moment. Whoever writes there waits no longer than this; the
-- start tries again.
set local lock_timeout = '3s';

-- One execution of a pipeline. The checks repeat the state machine, so that a row can never claim the impossible.
create table pipeline_runs (
  id uuid primary key,
  -- A release that knows no runs deletes pipelines all the same.
  pipeline_id uuid not null constraint pipeline_runs_pipeline_id_fkey references pipelines (id) on delete cascade,
  -- 1, 2, 3, … in each pipeline, without gaps.
  number integer not null check (number > 0),
  status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  trigger text not null check (trigger in ('manual', 'push', 'schedule')),
  -- The step that is to fail, for drills; no work fails for its sake when null.
  fail_at text check (char_length(fail_at) between 1 and 63),
  cancel_requested boolean not null default false,
  started_at timestamptz,
  finished_at timestamptz,
  -- By the executor's monotonic clock, which no step of the wall clock bends.
  duration_ms integer check (duration_ms >= 0),
  error_code text check (error_code ~ '^[a-z]+(-[a-z]+)*$'),
  trace_id text check (trace_id ~ '^[0-9a-f]{32}$'),
  -- As in the header traceparent, of the request that started it: its steps belong to that trace.
  trace_parent text check (trace_parent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'),
  -- Who executes it says so again before this moment; after it, nobody does any more.
  lease_expires_at timestamptz,
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint pipeline_runs_number_key unique (pipeline_id, number),
  constraint pipeline_runs_times_match_status check (
    case status
      when 'queued' then started_at is null and finished_at is null
      when 'running' then started_at is not null and finished_at is null
      when 'cancelled' then finished_at is not null
      else started_at is not null and finished_at is not null
    end
  ),
  constraint pipeline_runs_time_runs_forward check (finished_at >= started_at),
  constraint pipeline_runs_duration_has_ends check (
    (duration_ms is not null) = (started_at is not null and finished_at is not null)
  ),
  constraint pipeline_runs_lease_while_running check ((lease_expires_at is not null) = (status = 'running')),
  constraint pipeline_runs_code_of_failure check ((error_code is not null) = (status = 'failed'))
);

-- Serves the list of a pipeline's runs, newest first, and the cascade of a pipeline's deletion.
create index pipeline_runs_pipeline_id_id_idx on pipeline_runs (pipeline_id, id desc);

-- Few rows are unfinished; whoever deletes a pipeline, looks for work or for expired leases asks for exactly these.
create index pipeline_runs_unfinished_idx on pipeline_runs (pipeline_id) where status in ('queued', 'running');
create index pipeline_runs_queued_idx on pipeline_runs (id) where status = 'queued';
create index pipeline_runs_lease_idx on pipeline_runs (lease_expires_at) where status = 'running';

-- What a run does, in order; all of them exist from its start, so that a reader sees what is still to come.
create table run_steps (
  run_id uuid not null constraint run_steps_run_id_fkey references pipeline_runs (id) on delete cascade,
  position smallint not null check (position > 0),
  name text not null check (char_length(name) between 1 and 63),
  status text not null default 'pending'
    check (status in ('pending', 'running', 'succeeded', 'failed', 'cancelled', 'skipped')),
  started_at timestamptz,
  finished_at timestamptz,
  duration_ms integer check (duration_ms >= 0),
  error_code text check (error_code ~ '^[a-z]+(-[a-z]+)*$'),
  primary key (run_id, position),
  constraint run_steps_name_key unique (run_id, name),
  constraint run_steps_times_match_status check (
    case
      when status in ('pending', 'skipped') then started_at is null and finished_at is null
      when status = 'running' then started_at is not null and finished_at is null
      else started_at is not null and finished_at is not null
    end
  ),
  constraint run_steps_time_runs_forward check (finished_at >= started_at),
  constraint run_steps_duration_has_ends check ((duration_ms is not null) = (finished_at is not null)),
  constraint run_steps_code_of_failure check ((error_code is not null) = (status = 'failed'))
);
