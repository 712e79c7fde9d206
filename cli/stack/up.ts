import { resolve } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { elapsed } from "../core/elapsed.ts";
import { table } from "../core/table.ts";
import { stackArg, text, verb } from "../core/verb.ts";
import { putBack, readTouches } from "../drift/foreign.ts";
import type { Observed } from "../preview/step.ts";
import { plural } from "../preview/words.ts";
import { type Changes, describeChanges, unchanged } from "./engine.ts";
import { guard } from "./guard.ts";
import { waitHealthy } from "./health.ts";
import { type Prepared, preparation, programOf } from "./prepare.ts";
import { markCluster, openStack, withStackLock } from "./session.ts";
import { readSettings, type Settings, stackName } from "./settings.ts";

export const up = verb({
  about: "bring a stack to the state that its configuration says",
  details:
    "Brings a stack to the state that Pulumi.<stack>.yaml says: tools, cluster, images, then Pulumi, then a health check. " +
    "Before anything changes the plan is looked at: one that breaks a policy, or would replace or delete what holds data, is refused. " +
    "What is as it should be stays untouched: a second run changes nothing and says so. A run that was stopped is taken up by the next one.",
  args: [stackArg],
  flags: {
    allow: { value: "urn", type: "list", about: "this one may be replaced or deleted with its data; may be repeated" },
    refresh: { about: "look at the world first: make again what was deleted by hand, put back what was set" },
    plan: { value: "file", about: "do what `golive preview --plan` wrote there, and refuse any other step" },
  },
  json: true,
  examples: [
    { run: "golive up", about: "the whole platform on this machine; the first run builds its tools" },
    { run: "golive up --refresh", about: "puts back what `golive drift` shows" },
    { run: "golive up staging", about: "the same program against the context in Pulumi.staging.yaml" },
    { run: "golive up --json | jq .urls", about: "for scripts" },
  ],
  exits: [
    "CONFIG_INVALID",
    "CONTEXT_REFUSED",
    "TOOL_MISSING",
    "TOOL_BUILD_FAILED",
    "DISK_FULL",
    "HOST_UNFIT",
    "PORT_TAKEN",
    "IMAGE_BUILD_FAILED",
    "LOCKED",
    "CLUSTER_FAILED",
    "CLUSTER_UNREACHABLE",
    "PREVIEW_FAILED",
    "DATA_AT_RISK",
    "UPDATE_FAILED",
    "UNHEALTHY",
    "INTERRUPTED",
  ],
  async run(world, input) {
    const settings = await readSettings(world, stackName(world, input));
    const plan = text(input, "plan");
    const refresh = input.refresh === true;
    if (refresh && plan !== undefined)
      throw new GoliveError(
        "USAGE",
        "--refresh and --plan exclude each other",
        "Make the plan with `golive preview --refresh --plan`.",
      );
    const started = world.clock.now().getTime();
    const done = await withStackLock(world, settings.stack, "up", async (lock) => {
      const prepared: Partial<Prepared> = {};
      const done: Done = { changes: {}, putBack: 0 };
      const embedded = settings.target.kind === "embedded";
      await world.steps([
        ...preparation(world, settings, prepared),
        {
          title: `Stack ${settings.stack}`,
          run: async (report) => {
            markCluster(settings);
            const program = await programOf(world, settings, prepared);
            const stack = await openStack(world, settings, lock, program, report);
            let planned: Observed | undefined;
            // A plan was looked at when it was made, by policies and by whoever agreed to it, and nothing else is done.
            if (plan === undefined) {
              const { images = {} } = prepared;
              const policies = await (await world.platform()).policies({ config: settings.config, images });
              const allow = (input.allow ?? []) as readonly string[];
              planned = await guard(stack, report, { stack: settings.stack, policies, allow, refresh });
            }
            const options = { refresh, ...(plan === undefined ? {} : { plan: resolve(plan) }) };
            done.changes = (await stack.up(report, options)).changes;
            // Not all of what others have set shows in the engine's own look at the world.
            if (refresh && planned)
              done.putBack = await putBack(world, settings, await readTouches(world, settings, planned), report);
            return described(done);
          },
        },
        {
          title: "Health",
          skip: () => (embedded ? false : "the services of this context are not on this machine's ports"),
          run: (report) => waitHealthy(world, settings.config.endpoints, report),
        },
      ]);
      return done;
    });
    const took = world.clock.now().getTime() - started;
    return { exit: 0, json: document(settings, done, took), text: summary(settings, done, took) };
  },
});

interface Done {
  changes: Changes;
  /** Objects in which others had set what the engine does not see. */
  putBack: number;
}

function described({ changes, putBack }: Done): string {
  if (putBack === 0) return describeChanges(changes);
  const rest = unchanged(changes) ? `${changes.same ?? 0} resources as they should be` : describeChanges(changes);
  return `${plural(putBack, "object")} put back, ${rest}`;
}

function document(settings: Settings, { changes, putBack }: Done, took: number) {
  const urls =
    settings.target.kind === "embedded"
      ? Object.fromEntries(settings.config.endpoints.map(({ name, page }) => [name, page]))
      : {};
  return {
    stack: settings.stack,
    context: settings.target.context,
    unchanged: unchanged(changes) && putBack === 0,
    changes,
    putBack,
    urls,
    tookMs: took,
  };
}

function summary(settings: Settings, done: Done, took: number): string {
  const { stack, config, target, folder } = settings;
  const app = `${config.namespacePrefix}-app`;
  const flag = stack === "local" ? "" : ` --stack ${stack}`;
  const forKubectl = stack === "local" ? "" : `GOLIVE_STACK=${stack} `;
  const urls =
    target.kind === "embedded"
      ? config.endpoints.map(({ what, page }) => [what, page])
      : [["gateway", `${forKubectl}golive kubectl -n ${app} port-forward service/gateway 8000`]];
  return [
    `stack ${stack}: ${described(done)} (${elapsed(took)})`,
    "",
    table(urls, "  "),
    "",
    "Credentials are Secrets of the cluster; the seed they are derived from is encrypted with a passphrase:",
    `  ${forKubectl}golive kubectl -n ${app} get secrets`,
    `  ${folder}/passphrase`,
    "Next:",
    table(
      [
        [`golive status${flag}`, "is everything as it should be?"],
        [`golive backup run${flag}`, "a backup now"],
        [`golive logs gateway${flag} -f`, "what the gateway says"],
      ],
      "  ",
    ),
  ].join("\n");
}
