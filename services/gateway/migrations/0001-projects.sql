-- A project is one repository whose pipelines the platform runs.
create table projects (
  id uuid primary key,
  name text not null check (char_length(name) between 1 and 200),
  slug text not null constraint projects_slug_key unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) <= 63),
  description text not null default '' check (char_length(description) <= 10000),
  repository_url text check (char_length(repository_url) <= 2048),
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
