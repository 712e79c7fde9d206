import { z } from "zod";
import type { ConfigFault } from "../config/faults.ts";
import { cidrs, cidrsAllowed, key, size, yesNo } from "../config/kinds.ts";
import { sentry } from "./sentry-schema.ts";

/** `golive:errors`. */
export const errors = z
  .strictObject({
    kind: key(
      z.enum(["bugsink", "sentry", "none"]),
      "bugsink, sentry or none",
      "where errors go: a tracker in the cluster; Sentry, as errors.sentry makes it or by the secret golive:sentryDsn; or the log alone",
    ).default("none"),
    storage: size("volume of the tracker in the cluster; half of it holds events, the oldest go first").default("1Gi"),
    memory: size("memory of the tracker in the cluster: request and limit").default("320Mi"),
    traces: yesNo("send traces to Sentry as well, when errors go there").default(true),
    sentry: sentry.optional(),
    cidrs: key(cidrs, cidrsAllowed, "where Sentry is; without it every public address").optional(),
  })
  .prefault({});

/** Sentry needs to be told where it is; anything else does not use what it was told. */
export function sentryDsn(
  { errors: { kind, sentry: made } }: { readonly errors: z.output<typeof errors> },
  secrets: ReadonlySet<string>,
): ConfigFault[] {
  // Its key is made with the projects then; what is wrong with that stands in sentryFaults.
  if (made !== undefined) return [];
  const given = secrets.has("sentryDsn");
  if ((kind === "sentry") === given) return [];
  return given
    ? [
        {
          path: "golive:errors.kind",
          given: JSON.stringify(kind),
          allowed: "sentry, since the secret golive:sentryDsn is set",
          fix: "set it to sentry, or run: pulumi config rm golive:sentryDsn",
        },
      ]
    : [
        {
          path: "golive:sentryDsn",
          given: "nothing",
          allowed: "a Pulumi secret, since golive:errors.kind is sentry",
          fix: "run: pulumi config set --secret golive:sentryDsn, or add golive:errors.sentry",
        },
      ];
}
