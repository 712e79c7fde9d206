import type { InputPropertyErrorDetails } from "@pulumi/pulumi";
import { type Catalogue, findingText, ruleFindings } from "./rule-checks.ts";
import type { SentryArgs } from "./sentry.ts";

/** Sentry's end for a slug; the longest that is made here ends in `-frontend`. */
const longestSlug = 50;

/** Names of the alerts that all monitors share: one in the catalogue would be their double in the state. */
const reserved = ["critical", "warning", "api", "team", "pagerduty", "backend", "frontend"];

/** Everything that is wrong with what Sentry is asked for, before anything is asked for. */
export function sentryProblems(args: SentryArgs, catalogue: Catalogue): InputPropertyErrorDetails[] {
  const { organization, prefix, environment, slack, pagerduty, email, publicUrl, crons, eventsPerMinute } = args;
  const slug = `${prefix}-${environment}-frontend`;
  const unknown = crons.checkIns.filter((name) => !Object.hasOwn(catalogue.crons, name));
  const taken = Object.keys(catalogue.alerts).filter((id) => reserved.includes(id) || /^(cron|uptime)-/.test(id));
  const told = [slack?.workspace, slack?.channel, pagerduty?.account, pagerduty?.service];
  const checks: readonly (readonly [path: string, isWrong: boolean, reason: string])[] = [
    ["organization", !isSlug(organization), `"${organization}" is no slug of an organization`],
    ["prefix", !isSlug(slug), `"${slug}" would be a project's slug: a-z, 0-9 and -, at most ${longestSlug} characters`],
    ["team", args.team !== undefined && !isSlug(args.team), `"${args.team}" is no slug of a team`],
    ["baseUrl", !/^https?:\/\/[^/?#]+\/(?:.+\/)?api\/$/.test(args.baseUrl), `"${args.baseUrl}" does not end in /api/`],
    ["email", !email && !slack, "nobody hears of tickets: name a Slack channel, or write to the team"],
    ["slack, pagerduty", told.some((text) => text?.trim() === ""), "a name is empty"],
    [
      "publicUrl",
      publicUrl !== undefined && !isOrigin(publicUrl),
      `"${publicUrl}" is no http(s) address without a path`,
    ],
    ["crons.checkIns", unknown.length > 0, `no monitor is called ${unknown.join(", ")}`],
    ["crons.checkIns", new Set(crons.checkIns).size !== crons.checkIns.length, "a schedule stands there twice"],
    ...Object.entries(eventsPerMinute).map(
      ([project, count]) =>
        [
          `eventsPerMinute.${project}`,
          !(Number.isInteger(count) && count > 0),
          `${count} is no whole number above 0`,
        ] as const,
    ),
    ...taken.map((id) => ["catalogue", true, `the id ${id} is the name of something else that is made`] as const),
  ];
  return [
    ...checks.filter(([, isWrong]) => isWrong).map(([propertyPath, , reason]) => ({ propertyPath, reason })),
    ...ruleFindings(catalogue).map((finding) => ({ propertyPath: "catalogue", reason: findingText(finding) })),
  ];
}

/** All digits would be taken for a number that Sentry knows the thing by. */
const isSlug = (text: string): boolean =>
  text.length <= longestSlug && /^[a-z0-9][a-z0-9_-]*$/.test(text) && !/^\d+$/.test(text);

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "" && url.username === ""
  );
}
