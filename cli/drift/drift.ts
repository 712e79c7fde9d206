import { codes } from "@golive/errors/codes.ts";
import { redact } from "@golive/errors/redact.ts";
import { stackArg, text, verb } from "../core/verb.ts";
import { previewModel } from "../preview/build.ts";
import { document } from "../preview/document.ts";
import { formatOf, writtenAs } from "../preview/formats.ts";
import { nothingChanges, type PreviewModel } from "../preview/model.ts";
import { withFailure } from "../preview/observe.ts";
import { paper } from "../preview/paper.ts";
import type { Observed } from "../preview/step.ts";
import { plural } from "../preview/words.ts";
import type { Previewed } from "../stack/engine.ts";
import { type Prepared, preparation, programOf } from "../stack/prepare.ts";
import { openStack, withStackLock } from "../stack/session.ts";
import { readSettings, stackName } from "../stack/settings.ts";
import { driftModel } from "./drift-model.ts";
import { withForeign } from "./with-foreign.ts";

export const drift = verb({
  about: "show what was changed in a stack past its program, and change nothing",
  details:
    "Asks the cluster and the cloud how every resource is, and shows what differs from what the last `golive up` left: edited " +
    "by hand, deleted, or changed by another program, and fields that somebody has added, with the name of who did. Changes of the " +
    "program that were not applied yet are no drift and are left out. " +
    "`golive up --refresh` puts back what is shown; what is meant to stay belongs into the program.",
  args: [stackArg],
  flags: {
    format: { value: "text|md|json", about: "how to write it down (default: text)" },
    out: { value: "file", about: "write it there instead of to stdout" },
    values: { about: "whole values, and up to forty properties a resource" },
  },
  json: true,
  examples: [
    { run: "golive drift", about: "what is different on this machine" },
    { run: "golive drift production --format md --out drift.md", about: "for the issue that a nightly run keeps" },
  ],
  exits: [
    "DRIFT_FOUND",
    "PREVIEW_FAILED",
    "CONFIG_INVALID",
    "CONTEXT_REFUSED",
    "TOOL_MISSING",
    "LOCKED",
    "CLUSTER_FAILED",
    "CLUSTER_UNREACHABLE",
    "INTERRUPTED",
  ],
  async run(world, input) {
    const format = formatOf(input);
    const settings = await readSettings(world, stackName(world, input));
    const model = await withStackLock(world, settings.stack, "drift", async (lock) => {
      const prepared: Partial<Prepared> = {};
      let found: PreviewModel | undefined;
      await world.steps([
        ...preparation(world, settings, prepared),
        {
          title: `Stack ${settings.stack}`,
          run: async (report) => {
            const program = await programOf(world, settings, prepared);
            const stack = await openStack(world, settings, lock, program, report);
            const options = { stack: settings.stack, values: input.values === true };
            const plain = await stack.preview(report);
            const looked = await stack.preview(report, { refresh: true });
            const seen = await withForeign(world, settings, observedIn(looked), report);
            found = driftModel(modelOf(plain, observedIn(plain), options), modelOf(looked, seen, options));
            return found.complete ? plural(found.rows.length, "difference") : "failed halfway; what was seen is below";
          },
        },
      ]);
      return found as PreviewModel;
    });
    const written = writtenAs(world, model, format, "");
    const out = text(input, "out");
    const shown = out === undefined ? written.text : paper(out, written);
    const end = endOf(model);
    if (end) world.note(`error ${end.code}: ${redact(end.message)}\nhint: ${end.hint}`);
    return { exit: end ? codes[end.code].exit : 0, json: document(model), text: shown };
  },
});

const observedIn = ({ events, failure }: Previewed): Observed => withFailure(events, failure);

function modelOf({ failure }: Previewed, observed: Observed, options: { stack: string; values: boolean }) {
  return previewModel(observed, { ...options, source: "engine", complete: failure === undefined });
}

function endOf(
  model: PreviewModel,
): { code: "DRIFT_FOUND" | "PREVIEW_FAILED"; message: string; hint: string } | undefined {
  const { stack, complete, rows } = model;
  if (!complete)
    return {
      code: "PREVIEW_FAILED",
      message: `the look at stack "${stack}" did not get to its end; whether it differs is not known`,
      hint: "Correct what the report names, then run the same command again.",
    };
  if (nothingChanges(model)) return undefined;
  return {
    code: "DRIFT_FOUND",
    message: `${plural(rows.length, "resource")} of stack "${stack}" ${rows.length === 1 ? "is" : "are"} not as the last \`golive up\` left ${rows.length === 1 ? "it" : "them"}`,
    hint: "`golive up --refresh` puts back what the program says; write into the program what is to stay.",
  };
}
