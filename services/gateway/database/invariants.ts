/**
 * What is true of the service's data at every moment, as queries for rows that break it. A drill asks them of a restored database: each
 * says in the service's own terms what no count of rows can. Constraints say the same of writes; here they are asked of what lies there,
 * which a rotten index or a half recovery does not stop at.
 */
export const invariants = {
  "pipelines-have-their-project":
    "select l.id from pipelines l where not exists (select from projects p where p.id = l.project_id)",
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
