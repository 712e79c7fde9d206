import { isAbsolute } from "node:path";
import { z } from "zod";
import { check, type Env } from "./check.ts";

/** Kinds of stores, in the words of BACKUP_STORES. */
export const storeKinds = ["s3", "disk"] as const;
export type StoreKind = (typeof storeKinds)[number];

export const storesVariables = z.object({
  BACKUP_STORES: z
    .string()
    .default("s3")
    .transform((value) => value.split(",").map((kind) => kind.trim()))
    .pipe(z.array(z.enum(storeKinds, { error: "s3, disk or s3,disk" })).min(1))
    .refine((kinds) => new Set(kinds).size === kinds.length, { error: "each kind once" })
    .describe("where backups are kept, comma-separated: s3, disk; the first one is read from"),
  BACKUP_FOLDER: z
    .string()
    .refine(isAbsolute, { error: "an absolute path" })
    .optional()
    .describe("folder of the backups, for the store disk"),
});

/** The stores of the backups, the one that is read from first. */
export function readStoresConfig(env: Env): {
  readonly kinds: readonly StoreKind[];
  readonly folder: string | undefined;
} {
  const shape = storesVariables.refine((e) => e.BACKUP_FOLDER !== undefined || !e.BACKUP_STORES.includes("disk"), {
    path: ["BACKUP_FOLDER"],
    error: "name the folder that BACKUP_STORES=disk writes to",
  });
  const e = check(shape, env);
  return { kinds: e.BACKUP_STORES, folder: e.BACKUP_FOLDER };
}
