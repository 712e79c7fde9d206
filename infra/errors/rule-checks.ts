import type { AlertRule } from "./alert-rule.ts";
import { alertRules } from "./alerts.ts";
import { issueChecks } from "./issue-checks.ts";
import { metricChecks } from "./metric-checks.ts";
import { cronChecks, uptimeChecks } from "./monitor-checks.ts";
import { type CronMonitorRule, cronMonitors, type UptimeMonitorRule, uptimeMonitors } from "./monitors.ts";
import { type Checks, findings, type RuleFinding, shown } from "./rule-finding.ts";

/** Everything that a stack makes in Sentry to be told of. */
export interface Catalogue {
  readonly alerts: Readonly<Record<string, AlertRule>>;
  readonly crons: Readonly<Record<string, CronMonitorRule>>;
  readonly uptimes: Readonly<Record<string, UptimeMonitorRule>>;
}

export const catalogue: Catalogue = { alerts: alertRules, crons: cronMonitors, uptimes: uptimeMonitors };

type RuleOn<T extends AlertRule["trigger"]> = AlertRule & { readonly trigger: T };

/** The rules with a trigger of one kind, by id. */
export function rulesOf<T extends AlertRule["trigger"]>(
  alerts: Catalogue["alerts"],
  kind: T["kind"],
): [string, RuleOn<T>][] {
  return Object.entries(alerts).filter((entry): entry is [string, RuleOn<T>] => entry[1].trigger.kind === kind);
}

/** Sentry's end for a monitor's name is 200, for an alert's 256; the rest is for the environment, which is in both. */
const longestTitle = 170;

type Entry = AlertRule | CronMonitorRule | UptimeMonitorRule;

/** What holds for every entry. */
const commonChecks = {
  title: {
    from: "refused",
    find: ({ title }) =>
      title.trim() === title && title.length > 0 && title.length <= longestTitle && !/\p{Cc}/u.test(title)
        ? undefined
        : {
            problem: `a title of ${title.length} characters, ${shown(title.slice(0, 40))}`,
            fix: `Take 1 to ${longestTitle} characters, without blanks around them.`,
          },
  },
  severity: {
    from: "useless",
    find: ({ severity }) =>
      severity === "page" || severity === "ticket"
        ? undefined
        : { problem: `severity ${shown(severity)}`, fix: "Take page or ticket: nobody is told of another." },
  },
  runbook: {
    from: "useless",
    find: ({ runbook }) =>
      /^[a-z][a-z0-9-]*[a-z0-9]$/.test(runbook)
        ? undefined
        : { problem: `the runbook ${shown(runbook)}`, fix: "Name a page as in runbooks/alerts/<name>.md." },
  },
  explained: {
    from: "useless",
    find: ({ why, owner }) =>
      why.trim() !== "" && owner.trim() !== ""
        ? undefined
        : { problem: "nothing says why, or who answers for it", fix: "Write both down: on-call reads them at night." },
  },
} as const satisfies Checks<Entry>;

/**
 * Everything that is wrong with a catalogue: what Sentry refuses, which `pulumi up` would find half-way, and what it takes although it
 * never fires or always does. In the order of the catalogue.
 */
export function ruleFindings({ alerts, crons, uptimes }: Catalogue): RuleFinding[] {
  const entries = [alerts, crons, uptimes].flatMap((table) => Object.entries<Entry>(table));
  return [
    ...Object.entries(alerts).flatMap(([id, rule]) => [
      ...badId(id),
      ...findings<Entry>(commonChecks, id, rule),
      ...(rule.trigger.kind === "metric"
        ? findings(metricChecks, id, rule.trigger)
        : findings(issueChecks, id, rule.trigger)),
    ]),
    ...Object.entries(crons).flatMap(([id, rule]) => [
      ...findings<Entry>(commonChecks, id, rule),
      ...findings(cronChecks, id, rule),
    ]),
    ...Object.entries(uptimes).flatMap(([id, rule]) => [
      ...badId(id),
      ...findings<Entry>(commonChecks, id, rule),
      ...findings(uptimeChecks, id, rule),
    ]),
    ...doubles(entries),
  ];
}

/** Ids are logical names in the state, and words of the command line. */
function badId(id: string): RuleFinding[] {
  if (/^[a-z]([a-z0-9-]{0,58}[a-z0-9])?$/.test(id)) return [];
  return [
    { rule: "id", alert: id, problem: `the id ${shown(id)}`, fix: "Take up to 60 characters of a-z, 0-9 and -." },
  ];
}

/** Two of one name cannot be told apart by who is woken, and Sentry refuses an exact double. */
function doubles(entries: readonly (readonly [string, Entry])[]): RuleFinding[] {
  const first = new Map<string, string>();
  return entries.flatMap(([id, { title }]) => {
    const key = title.toLowerCase();
    const other = first.get(key);
    if (other === undefined) first.set(key, id);
    return other === undefined
      ? []
      : [
          {
            rule: "own-title",
            alert: id,
            problem: `the title ${shown(title)} is that of ${other} as well`,
            fix: "Rename one.",
          },
        ];
  });
}

/** A finding as one line. */
export const findingText = ({ alert, rule, problem, fix }: RuleFinding): string =>
  `${alert} (${rule}): ${problem}. ${fix}`;
