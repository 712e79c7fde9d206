import type { IssueCondition, IssueTrigger } from "./alert-rule.ts";
import { isTagged, tagHint } from "./event-tags.ts";
import { sentPerMinute } from "./metric-checks.ts";
import { trackerProjects } from "./projects.ts";
import { type Checks, shown } from "./rule-finding.ts";

/** What Sentry offers; any other number of minutes is refused. */
const frequencies: readonly number[] = [0, 5, 10, 30, 60, 180, 720, 1440];
const minutesOf: Readonly<Record<string, number>> = { "1m": 1, "5m": 5, "15m": 15, "1h": 60 };
const levels: readonly number[] = [10, 20, 30, 40, 50];

/** First of the conditions that something is wrong with. */
const among = (conditions: readonly IssueCondition[], isWrong: (condition: IssueCondition) => boolean) =>
  conditions.find(isWrong);

/** What Sentry demands of an alert on issues, and what makes one that it takes never fire, or always. */
export const issueChecks = {
  frequency: {
    from: "refused",
    find: ({ frequencyMinutes }) =>
      frequencies.includes(frequencyMinutes)
        ? undefined
        : {
            problem: `an issue is told again after ${frequencyMinutes} minutes`,
            fix: `Take one of ${frequencies.join(", ")}.`,
          },
  },
  projects: {
    from: "refused",
    find: ({ projects }) =>
      projects.length > 0 &&
      new Set(projects).size === projects.length &&
      projects.every((project) => Object.hasOwn(trackerProjects, project))
        ? undefined
        : {
            problem: `projects ${shown(projects)}`,
            fix: `Name one or more of ${Object.keys(trackerProjects).join(", ")}.`,
          },
  },
  // Sentry takes a group without conditions for true, whatever the event is.
  "some-condition": {
    from: "useless",
    find: ({ on, conditions }) =>
      on === "every-event" && conditions.length === 0
        ? {
            problem: "every event of the projects is told",
            fix: "Add a condition, or wait for new issues or regressions.",
          }
        : undefined,
  },
  "level-condition": {
    from: "refused",
    find: ({ conditions }) => {
      const wrong = among(conditions, (one) => "level" in one && !levels.includes(one.level.level));
      return wrong && { problem: `the condition ${shown(wrong)}`, fix: `Levels are ${levels.join(", ")}.` };
    },
  },
  "tag-condition": {
    from: "useless",
    find: ({ conditions }) => {
      const wrong = among(conditions, (one) => "tag" in one && !isTagged(one.tag.key, one.tag.value));
      return wrong && { problem: `no event has ${shown(wrong)}`, fix: tagHint };
    },
  },
  // "More than": a frequency of 1 is the second event.
  "frequency-condition": {
    from: "useless",
    find: ({ conditions }) => {
      const wrong = among(conditions, (one) => {
        if (!("frequency" in one)) return false;
        const { interval, value } = one.frequency;
        const most = sentPerMinute.equal * (minutesOf[interval] ?? 0);
        return !(Number.isInteger(value) && value >= 1 && value < most);
      });
      return (
        wrong && {
          problem: `the condition ${shown(wrong)}`,
          fix: `Take an interval of ${Object.keys(minutesOf).join(", ")} and a whole number from 1 to below ${sentPerMinute.equal} a minute: a replica sends no more equal events.`,
        }
      );
    },
  },
} as const satisfies Checks<IssueTrigger>;
