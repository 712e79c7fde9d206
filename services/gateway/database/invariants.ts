/**
 * What is true of the service's data at every moment, as queries for rows that break it. A drill asks them of a restored database: each
 * says in the service's own terms what no count of rows can. Constraints say the same of writes; here they are asked of what lies there,
 * which a rotten index or a half recovery does not stop at.
 */
export const invariants = {
  "pipelines-have-their-project":
    "select l.id from pipelines l where not exists (select from projects p where p.id = l.project_id)",
  "runs-have-their-pipeline":
    "select r.id from pipeline_runs r where not exists (select from pipelines p where p.id = r.pipeline_id)",
  "run-numbers-have-no-gap": `select pipeline_id from pipeline_runs group by pipeline_id
    having count(*) <> max(number) or count(distinct number) <> count(*)`,
  "runs-have-their-steps":
    "select r.id from pipeline_runs r where not exists (select from run_steps s where s.run_id = r.id)",
  "steps-have-their-run":
    "select s.run_id from run_steps s where not exists (select from pipeline_runs r where r.id = s.run_id)",
  "finished-runs-have-no-open-step": `select r.id from pipeline_runs r join run_steps s on s.run_id = r.id
    where r.status not in ('queued', 'running') and s.status in ('pending', 'running')`,
  "run-times-match-the-status": `select id from pipeline_runs
    where case status
            when 'queued' then started_at is not null or finished_at is not null
            when 'running' then started_at is null or finished_at is not null
            when 'cancelled' then finished_at is null
            else started_at is null or finished_at is null or finished_at < started_at
          end`,
  "deployments-have-their-project":
    "select d.id from deployments d where not exists (select from projects p where p.id = d.project_id)",
  "one-deployment-at-a-time": `select project_id from deployments where status = 'in-progress'
    group by project_id, environment having count(*) > 1`,
  "emails-are-unique": `select lower(email collate "C") from users group by 1 having count(*) > 1`,
  "users-are-audited": `select u.id from users u
    where not exists (select from audit_log a where a.entity = 'user' and a.entity_id = u.id and a.action = 'created')`,
  "runs-are-audited": `select r.id from pipeline_runs r
    where not exists (select from audit_log a where a.entity = 'run' and a.entity_id = r.id and a.action = 'created')`,
  "ids-are-unique":
    "select id from projects group by id having count(*) > 1 union all select id from pipelines group by id having count(*) > 1",
  "slugs-are-unique": "select slug from projects group by slug having count(*) > 1",
  "times-match-the-status": `select id from pipelines
    where case status
            when 'queued' then started_at is not null or finished_at is not null
            when 'running' then started_at is null or finished_at is not null
            when 'cancelled' then finished_at is null
            else started_at is null or finished_at is null or finished_at < started_at
          end`,
  "versions-count-from-one":
    "select id from projects where version < 1 union all select id from pipelines where version < 1",
} as const satisfies Readonly<Record<string, string>>;
