import type { AlertRule, AlertSeverity } from "@golive/infra/errors/alert-rule.ts";
import type { AlertId } from "@golive/infra/errors/alerts.ts";
import type { SentryConfig } from "@golive/infra/errors/sentry-schema.ts";
import { stackArg, verb } from "../core/verb.ts";
import { readSettings, type Settings, stackName } from "../stack/settings.ts";

/** A rule as it is in a stack. */
interface Listed {
  readonly id: AlertId;
  readonly severity: AlertSeverity;
  readonly title: string;
  readonly projects: readonly string[];
  /** Search of a metric; conditions of an issue stand in `firesWhen`. */
  readonly query: string | null;
  readonly critical: number | null;
  readonly warning: number | null;
  readonly windowSeconds: number | null;
  /** Threshold and query in words. */
  readonly firesWhen: string;
  /** Who is told; of a metric that pages, the first from the critical threshold on alone. */
  readonly routes: readonly string[];
  readonly runbook: string;
  readonly owner: string;
}

export const list = verb({
  about: "list the alert rules of the error tracker, and who is told of each",
  details:
    "Lists the rules that the program makes in Sentry: what each watches, from which number on, over how long, who is told in this " +
    "stack, and which page of the runbooks says what to do. Reads the stack's file alone: Sentry is not asked.",
  args: [stackArg],
  json: true,
  examples: [
    { run: "golive alerts list production", about: "rules, thresholds, routes" },
    { run: "golive alerts list staging --json", about: "the same for a program" },
  ],
  exits: ["CONFIG_INVALID"],
  async run(world, input) {
    const settings = await readSettings(world, stackName(world, input));
    const errors = errorsOf(settings);
    const listed = await allRules(errors.sentry);
    const state = stateOf(settings.stack, errors);
    return {
      exit: 0,
      json: { stack: settings.stack, made: isMade(errors), alerts: listed },
      text: [...listed.map(paragraph), state].join("\n\n"),
    };
  },
});

/** The part of a stack's configuration that says where errors go. */
interface ErrorsConfig {
  readonly kind: string;
  readonly sentry?: SentryConfig | undefined;
}

const errorsOf = ({ config }: Settings): ErrorsConfig => (config.parsed as { readonly errors: ErrorsConfig }).errors;
const isMade = ({ sentry }: ErrorsConfig): boolean => sentry?.alerts === "now";

function stateOf(stack: string, { kind, sentry }: ErrorsConfig): string {
  if (sentry === undefined)
    return `Stack ${stack} makes none of them: errors go to ${kind === "none" ? "the log alone" : kind}, and golive:errors.sentry is not set.`;
  if (sentry.alerts === "now") return `Stack ${stack} makes them in ${sentry.organization}.`;
  return `Stack ${stack} does not make them yet: after its first event, set golive:errors.sentry.alerts to now and run golive up.`;
}

/** The catalogue is loaded here: no other verb waits for it. */
async function allRules(sentry: SentryConfig | undefined): Promise<Listed[]> {
  const [{ alertIds, alertRules }, { firesWhen }, { routesOf }] = await Promise.all([
    import("@golive/infra/errors/alerts.ts"),
    import("@golive/infra/errors/alert-words.ts"),
    import("@golive/infra/errors/alert-routes.ts"),
  ]);
  return alertIds.map((id) => {
    const rule: AlertRule = alertRules[id];
    const { trigger } = rule;
    const metric = trigger.kind === "metric" ? trigger : undefined;
    return {
      id,
      severity: rule.severity,
      title: rule.title,
      projects: trigger.kind === "metric" ? [trigger.project] : trigger.projects,
      query: metric?.query ?? null,
      critical: metric?.critical ?? null,
      warning: metric?.warning ?? null,
      windowSeconds: metric?.windowSeconds ?? null,
      firesWhen: firesWhen(rule),
      routes: routesOf(rule.severity, (route) => Boolean(sentry?.[route])),
      runbook: rule.runbook,
      owner: rule.owner,
    };
  });
}

function paragraph({ id, severity, title, projects, firesWhen, routes, runbook }: Listed): string {
  return [
    `${severity.padEnd(6)}  ${id}: ${title}`,
    `        ${projects.join(", ")}: ${firesWhen}`,
    `        told: ${routes.join(", ") || "nobody"}; runbook: ${runbook}`,
  ].join("\n");
}
