-- Foreign keys lock the live tables they point at for a moment. Whoever writes there waits no longer than this; the
-- start tries again.
set local lock_timeout = '3s';

-- What of a project was brought into an environment, and what became of it.
create table deployments (
  id uuid primary key,
  project_id uuid not null constraint deployments_project_id_fkey references projects (id) on delete cascade,
  environment text not null check (environment in ('development', 'staging', 'production')),
  -- What was deployed. The history of an environment outlives the pipelines that built it.
  run_id uuid constraint deployments_run_id_fkey references pipeline_runs (id) on delete set null,
  release text not null check (char_length(release) between 1 and 100),
  status text not null default 'in-progress' check (status in ('in-progress', 'succeeded', 'failed', 'rolled-back')),
  -- The deployment that this one takes back.
  rolls_back uuid constraint deployments_rolls_back_fkey references deployments (id) on delete set null,
  finished_at timestamptz,
  trace_id text check (trace_id ~ '^[0-9a-f]{32}$'),
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint deployments_times_match_status check ((finished_at is null) = (status = 'in-progress')),
  constraint deployments_time_runs_forward check (finished_at >= created_at),
  constraint deployments_rolls_back_another check (rolls_back <> id)
);

-- Two at once in one environment would leave it half of each.
create unique index deployments_in_progress_key on deployments (project_id, environment) where status = 'in-progress';

-- Serve the lists, newest first, of a project and of one of its environments, and the cascade of a project's deletion.
create index deployments_project_id_id_idx on deployments (project_id, id desc);
create index deployments_environment_idx on deployments (project_id, environment, id desc);

-- Serve the foreign keys when what they point at is deleted.
create index deployments_run_id_idx on deployments (run_id);
create index deployments_rolls_back_idx on deployments (rolls_back) where rolls_back is not null;
