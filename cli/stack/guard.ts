import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Report } from "../core/local-api.ts";
import { previewModel } from "../preview/build.ts";
import { withFailure } from "../preview/observe.ts";
import type { Observed, PolicyHook } from "../preview/step.ts";
import { verdict } from "../preview/verdict.ts";
import type { OpenStack } from "./engine.ts";

export interface Guard {
  /** Name of the stack. */
  readonly stack: string;
  readonly policies: PolicyHook;
  /** URNs whose replacement or deletion is wanted. */
  readonly allow: readonly string[];
  /** Looks at the world first, as the update will. */
  readonly refresh: boolean;
}

/**
 * Looks at what an update would do before it does it, so that a plan which breaks a policy or loses data stops while everything still
 * is as it was.
 *
 * @returns what was looked at
 * @throws the preview's own failure, PREVIEW_FAILED with every finding, DATA_AT_RISK with every resource
 */
export async function guard(
  open: OpenStack,
  report: Report,
  { stack, policies, allow, refresh }: Guard,
): Promise<Observed> {
  report("looking at what would change");
  const { events, failure } = await open.preview(report, { refresh });
  if (failure) throw failure;
  const observed = withFailure(events, failure);
  const options = { stack, source: "engine", complete: true, allow, policyHooks: [policies] } as const;
  const model = previewModel(observed, options);
  const end = verdict(model);
  if (!end) return observed;
  const found =
    end.code === "DATA_AT_RISK"
      ? model.risks.filter(({ allowed }) => !allowed).map(({ op, urn, why }) => `${op} ${urn}: ${why}`)
      : model.policies.map(({ policy, resource, message }) => `${resource} ${message} (${policy})`);
  throw new GoliveError(end.code, [end.message, ...found.map((line) => `  ${line}`)].join("\n"), end.hint);
}
