import type { z } from "zod";
import { accountVariables } from "./config/accounts.ts";
import { drillVariables } from "./config/drill.ts";
import { keyVariables } from "./config/keys.ts";
import { bucketVariables } from "./config/lock.ts";
import { monitorVariables } from "./config/monitor.ts";
import { notifyVariables } from "./config/notify.ts";
import { postgresVariables } from "./config/postgres.ts";
import { recoveryVariables } from "./config/recovery.ts";
import { restoreVariables } from "./config/restore.ts";
import { retentionVariables } from "./config/retention.ts";
import { storeVariables } from "./config/store.ts";
import { storesVariables } from "./config/stores.ts";

export interface Variable {
  readonly name: string;
  readonly about: string;
}

/** Every environment variable, as --help shows it: taken from the schemas that read them. */
export const variables = {
  postgres: tableOf(postgresVariables),
  store: [...tableOf(storesVariables), ...tableOf(storeVariables)],
  lock: tableOf(bucketVariables),
  accounts: tableOf(accountVariables),
  keys: tableOf(keyVariables),
  drill: tableOf(drillVariables),
  recovery: tableOf(recoveryVariables),
  restore: tableOf(restoreVariables),
  monitor: tableOf(monitorVariables),
  notify: tableOf(notifyVariables),
  retention: tableOf(retentionVariables),
} as const;

export type VariableGroup = keyof typeof variables;

function tableOf(schema: z.ZodObject): readonly Variable[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const preset = (field as z.ZodType).safeParse(undefined);
    const note = !preset.success ? " (required)" : preset.data === undefined ? "" : ` (default: ${preset.data})`;
    return { name, about: `${(field as z.ZodType).meta()?.description ?? ""}${note}` };
  });
}
