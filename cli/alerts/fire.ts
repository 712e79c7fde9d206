import { alertRules } from "@golive/infra/errors/alerts.ts";
import { text, verb } from "../core/verb.ts";
import { chosenRules } from "./fire/chosen-rules.ts";
import { silentCode } from "./fire/silent-code.ts";

export const fire = verb({
  about: "set an alert of the error tracker off and see that its rule fires",
  details:
    "Starts the real gateway on this machine with a Postgres of its own, makes it do what the rule watches, and judges the error " +
    "events and spans that left the process by the rule's own query, thresholds and window. It needs PostgreSQL's server " +
    "programs, and neither a cluster nor Sentry; nothing is sent anywhere else. Rules on the frontend are judged by what a browser " +
    "once sent.",
  args: [{ name: "rule", about: "id as in golive alerts list, or several with commas between" }],
  flags: { all: { about: "every rule, one after the other" } },
  json: true,
  examples: [
    { run: "golive alerts fire csrf-attack", about: "forge requests, and see the alert" },
    { run: "golive alerts fire slow-api,slow-database", about: "two of them" },
    { run: "golive alerts fire --all --json", about: "the whole catalogue, for a program" },
  ],
  exits: ["TOOL_MISSING", "DRILL_FAILED", silentCode, "INTERRUPTED"],
  async run(world, input) {
    const rules = chosenRules(alertRules, { named: text(input, "rule"), all: input.all === true });
    // Loaded late: it brings a gateway's worth of modules.
    const { runDrill } = await import("./fire/run-drill.ts");
    return await runDrill(world, rules);
  },
});
