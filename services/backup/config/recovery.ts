import { GoliveError } from "@golive/errors/golive-error.ts";
import { z } from "zod";
import { check, type Env, secretFile } from "./check.ts";

const day = 86_400;

export const recoveryVariables = z.object({
  BACKUP_RECOVERY_CLUSTER_FILE: z
    .string()
    .optional()
    .describe(
      "JSON of the CloudNativePG Cluster that a drill of the point-in-time plane makes and deletes again; PG* then names the live " +
        "server. Without it, PG* names a server that somebody else has recovered",
    ),
  BACKUP_RECOVERY_SECONDS: z.coerce
    .number()
    .int()
    .min(60)
    .max(7 * day)
    .default(6 * 3600)
    .describe("how long that recovery may take"),
  BACKUP_POD_NAME: z.string().optional().describe("this pod's name: who finds the Cluster knows whose it is"),
  BACKUP_POD_UID: z.string().optional().describe("its uid: Kubernetes deletes the Cluster when the pod is gone"),
});

/** The Cluster as it is to be made, but for the moment that is gone back to. */
export interface ClusterTemplate {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: { readonly bootstrap: { readonly recovery: Readonly<Record<string, unknown>> } } & Readonly<
    Record<string, unknown>
  >;
}

export interface RecoveryConfig {
  readonly cluster: ClusterTemplate;
  readonly seconds: number;
  /** Undefined outside of a pod. */
  readonly pod: { readonly name: string; readonly uid: string } | undefined;
}

const template = z.looseObject({
  apiVersion: z.literal("postgresql.cnpg.io/v1"),
  kind: z.literal("Cluster"),
  metadata: z.object({
    name: z.string().regex(/^[a-z][a-z0-9-]{1,40}$/),
    labels: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.looseObject({
    bootstrap: z.looseObject({ recovery: z.looseObject({ source: z.string() }) }),
    // With one, the recovered server would write its own log into the archive that it came from.
    plugins: z.array(z.unknown()).max(0).optional(),
  }),
});

/** Undefined when no Cluster is to be made. @throws CONFIG_INVALID */
export function readRecoveryConfig(env: Env): RecoveryConfig | undefined {
  const e = check(recoveryVariables, env);
  const path = e.BACKUP_RECOVERY_CLUSTER_FILE;
  if (path === undefined) return undefined;
  const { BACKUP_POD_NAME: name, BACKUP_POD_UID: uid } = e;
  return {
    cluster: readTemplate(path),
    seconds: e.BACKUP_RECOVERY_SECONDS,
    pod: name === undefined || uid === undefined ? undefined : { name, uid },
  };
}

function readTemplate(path: string): ClusterTemplate {
  const invalid = (why: string, cause?: unknown) =>
    new GoliveError(
      "CONFIG_INVALID",
      `BACKUP_RECOVERY_CLUSTER_FILE=${path}: ${why}`,
      "Give a Cluster of postgresql.cnpg.io/v1 with bootstrap.recovery and without plugins.",
      cause === undefined ? {} : { cause },
    );
  const text = secretFile("BACKUP_RECOVERY_CLUSTER_FILE", path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid("it is no JSON", cause);
  }
  const result = template.safeParse(value);
  if (!result.success) {
    const [first] = result.error.issues;
    throw invalid(`${first?.path.join(".")}: ${first?.message}`);
  }
  return result.data as ClusterTemplate;
}
