import type { Code } from "@golive/errors/codes.ts";
import type { PreviewModel } from "./model.ts";
import { plural } from "./words.ts";

/** How a preview ends; undefined is well. */
export interface Verdict {
  readonly code: Code & ("PREVIEW_FAILED" | "DATA_AT_RISK");
  readonly message: string;
  readonly hint: string;
}

/** A preview that did not get to its end says nothing about data, so that is looked at first. */
export function verdict(model: PreviewModel, { strict = false }: { strict?: boolean } = {}): Verdict | undefined {
  const { stack, complete, policies, unknownOps, needlessAllows, risks, diagnostics } = model;
  const broken = policies.filter(({ severity }) => severity === "error");
  if (!complete) {
    const errors = diagnostics.filter(({ severity }) => severity === "error").length;
    return failed(
      `the preview of stack "${stack}" did not get to its end: ${plural(errors, "error")}`,
      "Correct what the report names, then run the same command again.",
    );
  }
  if (broken.length > 0)
    return failed(
      `${plural(broken.length, "policy finding")} in stack "${stack}"`,
      "Change the program until the policy holds, or write down why it need not.",
    );
  if (strict && unknownOps.length > 0)
    return failed(
      `the plan has operations that are new to this program: ${unknownOps.join(", ")}`,
      "Look at them by hand, and run without --strict when they are meant.",
    );
  if (strict && needlessAllows.length > 0)
    return failed(
      `nothing threatens ${needlessAllows.join(", ")}, yet it is allowed`,
      "Take the --allow away: it would let the next deletion pass unseen.",
    );
  const open = risks.filter(({ allowed }) => !allowed);
  const [first] = open;
  if (!first) return undefined;
  return {
    code: "DATA_AT_RISK",
    message: `${plural(open.length, "resource")} of stack "${stack}" would be replaced or deleted with data in it, or although it is protected`,
    hint: `Where that is meant, allow each by name: --allow '${first.urn}'.`,
  };
}

const failed = (message: string, hint: string): Verdict => ({ code: "PREVIEW_FAILED", message, hint });
