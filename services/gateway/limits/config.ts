import { z } from "zod";
import { type LimitMode, type LimitPolicy, limitModes, type PolicyName, policies, policyNames } from "./policies.ts";

export const limitsVariables = {
  VALKEY_URL: z
    .string()
    .optional()
    .describe(
      "redis:// or rediss:// URL of the shared counts, password included; unset: each replica counts for itself",
    ),
  RATE_LIMITS: z
    .string()
    .default("{}")
    .describe('changes to the policies, JSON such as {"read":{"points":900},"write":{"mode":"dry-run"}}'),
  RATE_LIMIT_STORE_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(5)
    .max(1_000)
    .default(50)
    .describe("a request waits for its count no longer than this"),
};

export type LimitsEnvironment = z.infer<z.ZodObject<typeof limitsVariables>>;

/** A policy as it is in force. */
export interface LimitSettings extends Omit<LimitPolicy, "why"> {
  readonly mode: LimitMode;
}

export interface LimitsConfig {
  /** A secret: the password is in it. Undefined: there is no shared store. */
  readonly url: string | undefined;
  readonly storeTimeoutMs: number;
  readonly policies: Readonly<Record<PolicyName, LimitSettings>>;
}

/** A day: what has to be counted for longer than that is a quota, and is kept where restarts do not lose it. */
const maxSeconds = 86_400;

const changes = z.partialRecord(
  z.enum(policyNames),
  z.strictObject({
    points: z.number().int().min(1).max(1_000_000).optional(),
    seconds: z.number().int().min(1).max(maxSeconds).optional(),
    mode: z.enum(limitModes).optional(),
  }),
);

/** @throws Error when `limitsFaults` would find something */
export function limitsConfig(e: LimitsEnvironment): LimitsConfig {
  const faults = limitsFaults(e);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  const changed = changes.parse(JSON.parse(e.RATE_LIMITS));
  const settings = policyNames.map((name) => {
    const { points, seconds, key, onStoreError } = policies[name];
    const change = changed[name];
    return [
      name,
      {
        points: change?.points ?? points,
        seconds: change?.seconds ?? seconds,
        mode: change?.mode ?? "enforce",
        key,
        onStoreError,
      },
    ] as const;
  });
  return {
    url: e.VALKEY_URL?.trim(),
    storeTimeoutMs: e.RATE_LIMIT_STORE_TIMEOUT_MS,
    policies: Object.fromEntries(settings) as Record<PolicyName, LimitSettings>,
  };
}

/** Every fault at once, each with its place. The URL holds a password, so no message repeats it. */
export function limitsFaults(e: LimitsEnvironment): string[] {
  const faults: string[] = [];
  if (e.VALKEY_URL !== undefined && !isStoreUrl(e.VALKEY_URL.trim())) {
    faults.push("VALKEY_URL: must look like redis://:<password>@<host>:<port> (rediss:// for TLS)");
  }
  return [...faults, ...changeFaults(e.RATE_LIMITS)];
}

function isStoreUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== "" && /^(\/\d*)?$/.test(url.pathname);
}

function changeFaults(text: string): string[] {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return [`RATE_LIMITS: must be JSON, got ${JSON.stringify(text)}`];
  }
  const result = changes.safeParse(given);
  if (result.success) return [];
  return result.error.issues.map((issue) => {
    const place = ["RATE_LIMITS", ...issue.path.map(String)].join(".");
    if (issue.code !== "unrecognized_keys") return `${place}: ${issue.message}`;
    const known = issue.path.length === 0 ? policyNames : ["points", "seconds", "mode"];
    return `${place}: unknown: ${issue.keys.join(", ")}; there is ${known.join(", ")}`;
  });
}
