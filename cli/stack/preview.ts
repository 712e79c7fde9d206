import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { redact } from "@golive/errors/redact.ts";
import { type Input, stackArg, text, verb } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import { withForeign } from "../drift/with-foreign.ts";
import { previewModel } from "../preview/build.ts";
import { document } from "../preview/document.ts";
import { formatOf, writtenAs } from "../preview/formats.ts";
import type { Source } from "../preview/model.ts";
import { fromEvents, withFailure } from "../preview/observe.ts";
import { observedFile } from "../preview/observed-file.ts";
import { offline } from "../preview/offline/offline.ts";
import { paper } from "../preview/paper.ts";
import { openCopy } from "../preview/state-copy.ts";
import type { Observed, PolicyHook } from "../preview/step.ts";
import { verdict } from "../preview/verdict.ts";
import { type Prepared, preparation, programOf } from "./prepare.ts";
import { openStack, withStackLock } from "./session.ts";
import { readSettings, stackName } from "./settings.ts";

export const preview = verb({
  about: "show what `up` would change, and change nothing in the stack",
  details:
    "Shows what `golive up` would change in a stack, what destroys data first, and changes none of it. The comparison is made by the " +
    "cluster's API server, so the embedded cluster is started and images are built where they are missing. With --offline the " +
    "resources of the program are compared with those of a commit instead: no cluster, no state and no secret is needed.",
  args: [stackArg],
  flags: {
    format: { value: "text|md|json", about: "how to write it down (default: text)" },
    out: { value: "file", about: "write it there instead of to stdout; whole, beside a text cut for a comment" },
    values: { about: "whole values, and up to forty properties a resource" },
    allow: { value: "urn", type: "list", about: "this one may be replaced or deleted with its data; may be repeated" },
    refresh: { about: "look at the world first, so that drift shows" },
    strict: { about: "fail on operations that are new to golive, and on an --allow that allows nothing" },
    plan: { value: "file", about: "write the plan there, for `golive up --plan`" },
    state: { value: "file", about: "compare with this copy of a state, in a stack that is thrown away (see ci/)" },
    offline: { about: "compare the program's resources with those of a commit, without engine, cluster or secrets" },
    base: { value: "ref", about: "with --offline: the commit to compare with (default: HEAD)" },
    from: { value: "file", about: "render what `pulumi preview --json` printed there, and run nothing" },
    link: { value: "where", about: "address or file of the whole text, named where a comment has to be cut" },
  },
  json: true,
  examples: [
    { run: "golive preview", about: "what would change on this machine" },
    { run: "golive preview production --format md --out preview.md", about: "for a pull request" },
    { run: "golive preview --offline --base main", about: "what this branch changes, as far as that can be told here" },
  ],
  exits: [
    "PREVIEW_FAILED",
    "CONFIG_INVALID",
    "CONTEXT_REFUSED",
    "TOOL_MISSING",
    "DATA_AT_RISK",
    "LOCKED",
    "CLUSTER_FAILED",
    "CLUSTER_UNREACHABLE",
    "UPDATE_FAILED",
    "INTERRUPTED",
  ],
  async run(world, input) {
    const format = formatOf(input);
    const stack = stackName(world, input);
    const seen = await seenBy(world, input, stack);
    const allow = (input.allow ?? []) as readonly string[];
    const values = input.values === true;
    const model = previewModel(seen.observed, {
      ...seen,
      stack,
      values,
      allow,
    });
    const written = writtenAs(world, model, format, text(input, "link") ?? "");
    const out = text(input, "out");
    const shown = out === undefined ? written.text : paper(out, written);
    const end = verdict(model, { strict: input.strict === true });
    // Data at risk is for whoever agrees to the plan; one that failed, or that a policy refuses, is none.
    const plan = text(input, "plan");
    if (end?.code === "PREVIEW_FAILED" && plan !== undefined) rmSync(resolve(plan), { force: true });
    if (end) world.note(`error ${end.code}: ${redact(end.message)}\nhint: ${end.hint}`);
    return { exit: end ? codes[end.code].exit : 0, json: document(model), text: shown };
  },
});

interface Seen {
  readonly observed: Observed;
  readonly source: Source;
  readonly complete: boolean;
  readonly about: string;
  readonly policyHooks?: readonly PolicyHook[];
  readonly notCompared?: number;
}

async function seenBy(world: World, input: Input, stack: string): Promise<Seen> {
  const from = text(input, "from");
  const base = text(input, "base");
  const engineOnly = ["plan", "refresh", "state"].filter((name) => input[name] !== undefined && input[name] !== false);
  if ((from !== undefined || input.offline === true) && engineOnly.length > 0)
    throw usage(`--${engineOnly[0]} needs the engine`, "Leave it out, or leave out --offline and --from.");
  if (base !== undefined && input.offline !== true)
    throw usage("--base goes with --offline", "Add --offline, or leave --base out.");
  if (from !== undefined) return { ...observedFile(from), source: "digest", about: "" };
  if (input.offline === true) {
    const { observed, about } = await offline(world, stack, base ?? "HEAD");
    return { observed, source: "graph", complete: true, about };
  }
  return await byEngine(world, input, stack);
}

async function byEngine(world: World, input: Input, stackGiven: string): Promise<Seen> {
  const settings = await readSettings(world, stackGiven);
  const [plan, state] = [text(input, "plan"), text(input, "state")];
  const run = { refresh: input.refresh === true, ...(plan === undefined ? {} : { plan: resolve(plan) }) };
  const folder = mkdtempSync(join(tmpdir(), "golive-preview-"));
  return await withStackLock(world, settings.stack, "preview", async (lock) => {
    const prepared: Partial<Prepared> = {};
    let seen: Seen = { observed: fromEvents([]), source: "engine", complete: false, about: "" };
    await world.steps([
      ...preparation(world, settings, prepared),
      {
        title: `Stack ${settings.stack}`,
        run: async (report) => {
          const program = await programOf(world, settings, prepared);
          const { kubeconfig = "" } = prepared;
          const opened =
            state === undefined
              ? await openStack(world, settings, lock, program, report)
              : await openCopy(world, settings, { program, state, folder, kubeconfig });
          const { events, failure, notCompared = 0 } = await opened.preview(report, run);
          const { images = {} } = prepared;
          // Policies speak of a whole plan: in half of one, half of what they look for is missing.
          const policyHooks = failure
            ? []
            : [await (await world.platform()).policies({ config: settings.config, images })];
          const planned = withFailure(events, failure);
          const observed = run.refresh ? await withForeign(world, settings, planned, report) : planned;
          seen = { ...seen, observed, complete: failure === undefined, policyHooks, notCompared };
          return failure === undefined ? "compared" : "failed halfway; what was seen is below";
        },
      },
    ]);
    return seen;
  }).finally(() => rmSync(folder, { recursive: true, force: true }));
}

const usage = (message: string, hint: string) => new GoliveError("USAGE", message, hint);
