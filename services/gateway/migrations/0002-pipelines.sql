-- One run of a project's pipeline. The checks repeat the state machine, so that a row can never claim the impossible.
create table pipelines (
  id uuid primary key,
  -- Finished runs go with their project; the program refuses to delete a project with unfinished ones.
  project_id uuid not null constraint pipelines_project_id_fkey references projects (id) on delete cascade,
  name text not null check (char_length(name) between 1 and 200),
  ref text not null check (char_length(ref) between 1 and 255),
  status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  started_at timestamptz,
  finished_at timestamptz,
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint pipelines_times_match_status check (
    case status
      when 'queued' then started_at is null and finished_at is null
      when 'running' then started_at is not null and finished_at is null
      when 'cancelled' then finished_at is not null
      else started_at is not null and finished_at is not null
    end
  ),
  constraint pipelines_time_runs_forward check (finished_at >= started_at)
);

-- Serves the list of a project's pipelines, newest first, and the cascade of a project's deletion.
create index pipelines_project_id_id_idx on pipelines (project_id, id desc);

-- Few rows are unfinished; deleting a project asks for them.
create index pipelines_unfinished_idx on pipelines (project_id) where status in ('queued', 'running');
