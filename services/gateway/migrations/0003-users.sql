-- Who may use the platform, as administrators see it. Tokens say what a request may do; a row here can take that away.
create table users (
  id uuid primary key,
  email text not null check (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and char_length(email) <= 254),
  name text not null check (char_length(name) between 1 and 200),
  role text not null default 'viewer' check (role in ('viewer', 'operator', 'admin')),
  disabled boolean not null default false,
  version integer not null default 1 check (version > 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- One address in two spellings is one person. The collation is named because an index over a locale's rules rots with
-- the locale.
create unique index users_email_key on users (lower(email collate "C"));

-- Few are disabled; every replica asks for them again and again.
create index users_disabled_idx on users (id) where disabled;
