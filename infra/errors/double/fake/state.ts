import type { Properties, Value } from "../values.ts";

export interface Team {
  readonly id: string;
  name: string;
  slug: string;
}

export interface Project {
  readonly id: string;
  slug: string;
  name: string;
  teams: string[];
  settings: Record<string, Value>;
  options: Record<string, Value>;
  /** Filters that are on: `true`, or the names of their parts. */
  filters: Record<string, Value>;
}

export interface ClientKey {
  readonly id: string;
  readonly project: Project;
  name: string;
  rateLimit: Value;
  script: Properties;
}

export interface Detector {
  readonly id: string;
  readonly type: string;
  readonly project: Project;
  body: Properties;
}

export interface Workflow {
  readonly id: string;
  body: Properties;
}

export interface Integration {
  readonly id: string;
  readonly provider: string;
  readonly name: string;
  configData: Properties;
}

/** Everything that one organization holds. */
export class SentryState {
  readonly organization: string;
  readonly teams: Team[] = [];
  readonly projects: Project[] = [];
  readonly keys: ClientKey[] = [];
  readonly detectors: Detector[] = [];
  readonly workflows: Workflow[] = [];
  readonly integrations: Integration[] = [];
  /** Numbers of the people who are members now. */
  readonly members = new Set<string>();
  /** Names; an environment exists from its first event on. */
  readonly environments = new Set<string>();
  /** Old slug → new slug of projects that somebody renamed. */
  readonly moved = new Map<string, string>();
  #next = 100;

  constructor(organization: string) {
    this.organization = organization;
  }

  /** A number that nothing else has. */
  id(): string {
    this.#next += 1;
    return String(this.#next);
  }

  addIntegration(provider: string, name: string): Integration {
    const made = { id: this.id(), provider, name, configData: provider === "pagerduty" ? { service_table: [] } : {} };
    this.integrations.push(made);
    return made;
  }

  /** What Sentry makes with a project: two monitors, and a key and an alert unless told otherwise. */
  addProject(project: Project, { defaultRules }: { readonly defaultRules: boolean }): void {
    this.projects.push(project);
    for (const [type, name] of [
      ["error", "Error Monitor"],
      ["issue_stream", "Issue Stream"],
    ] as const)
      this.detectors.push({ id: this.id(), type, project, body: { name, type, enabled: true, owner: null } });
    this.keys.push({ id: `k${this.id()}`, project, name: "Default", rateLimit: null, script: {} });
    if (defaultRules)
      this.workflows.push({ id: this.id(), body: { name: "Send a notification for high priority issues" } });
  }

  /** What people do on a project's page. The old slug leads to the new one from then on. */
  renameProject(from: string, to: string): void {
    const project = this.projects.find(({ slug }) => slug === from);
    if (!project) throw new Error(`there is no project "${from}"`);
    project.slug = to;
    this.moved.set(from, to);
    this.moved.delete(to);
  }

  removeProject(project: Project): void {
    drop(this.projects, (one) => one === project);
    drop(this.keys, (one) => one.project === project);
    drop(this.detectors, (one) => one.project === project);
  }
}

export function drop<T>(items: T[], unwanted: (item: T) => boolean): void {
  for (let index = items.length - 1; index >= 0; index -= 1) if (unwanted(items[index] as T)) items.splice(index, 1);
}
