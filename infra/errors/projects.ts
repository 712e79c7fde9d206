/**
 * Projects of the error tracker: name → the number that stands in its DSN. The tracker makes them at its start with
 * these very numbers (local/images/bugsink/start.py), so a DSN is known before the tracker has ever run.
 */
export const trackerProjects = { backend: 1, frontend: 2 } as const;

export type TrackerProject = keyof typeof trackerProjects;

/** Where a project's events are sent: `http://<key>@<host>/<number>`. @param origin scheme, host and port */
export function dsn(origin: string, key: string, project: TrackerProject): string {
  const url = new URL(origin);
  url.username = key;
  url.pathname = `/${trackerProjects[project]}`;
  return url.href;
}
