import { GoliveError } from "@golive/errors/golive-error.ts";
import { z } from "zod";
import { check, type Env, secretFile } from "./check.ts";

export const storeVariables = z.object({
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/, error: "an http(s) address" })
    .optional()
    .describe("address of a store that is not AWS"),
  S3_BUCKET: z
    .string({ error: "name the bucket of the backups" })
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, {
      error: "3 to 63 of a-z, 0-9, dot and hyphen",
    })
    .describe("bucket of the backups, for the store s3"),
  S3_REGION: z.string().default("us-east-1").describe("its region"),
  S3_ACCESS_KEY_ID_FILE: z.string().optional().describe("file with the id of the access key"),
  S3_SECRET_ACCESS_KEY_FILE: z.string().optional().describe("file with its secret"),
  S3_PART_SIZE_MB: z.coerce
    .number()
    .int()
    .min(5)
    .max(512)
    .default(8)
    .describe("size of the first parts; later ones grow"),
  S3_MAX_PARTS: z.coerce
    .number()
    .int()
    .min(20)
    .max(10_000)
    .default(10_000)
    .describe("parts that the store takes for one object; with fewer, parts grow sooner"),
});

/** The id and the secret of an account of a store. */
export interface AccessKeys {
  readonly id: string;
  readonly secret: string;
}

export interface StoreConfig {
  readonly endpoint: string | undefined;
  readonly bucket: string;
  readonly region: string;
  /**
   * Without keys of our own, the SDK looks for the machine's (a role of the pod, for one). `reread` looks at the files
   * again: a secret that is renewed while a backup runs must not end it.
   */
  readonly keys: (AccessKeys & { readonly reread?: () => AccessKeys }) | undefined;
  /** Bytes of the first parts. */
  readonly partBytes: number;
  readonly maxParts: number;
}

export function readStoreConfig(env: Env): StoreConfig {
  const e = check(storeVariables, env);
  return {
    endpoint: e.S3_ENDPOINT,
    bucket: e.S3_BUCKET,
    region: e.S3_REGION,
    keys: readAccessKeys(env, "S3_ACCESS_KEY_ID_FILE", "S3_SECRET_ACCESS_KEY_FILE"),
    partBytes: e.S3_PART_SIZE_MB * 1024 * 1024,
    maxParts: e.S3_MAX_PARTS,
  };
}

/** Keys that two variables name the files of; undefined when neither is set. @throws CONFIG_INVALID when only one is. */
export function readAccessKeys(env: Env, idVariable: string, secretVariable: string): StoreConfig["keys"] {
  const [idFile, keyFile] = [env[idVariable] || undefined, env[secretVariable] || undefined];
  if (idFile === undefined && keyFile === undefined) return undefined;
  if (idFile === undefined || keyFile === undefined)
    throw new GoliveError(
      "CONFIG_INVALID",
      `only one of ${idVariable} and ${secretVariable} is set`,
      "Set both, or neither when the machine has a role of its own.",
    );
  const read = (): AccessKeys => ({
    id: secretFile(idVariable, idFile).trim(),
    secret: secretFile(secretVariable, keyFile).trim(),
  });
  return { ...read(), reread: read };
}
