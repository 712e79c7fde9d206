import type { Choice } from "./choose.ts";
import type { Part } from "./part.ts";
import type { TableCopy } from "./place-table.ts";

/** Where the restored rows go. */
export type Target =
  /** Into a database that does not exist yet. */
  | { readonly kind: "into"; readonly database: string }
  /** In the place of the database that clients use. @default database the one that was backed up */
  | { readonly kind: "replace"; readonly database?: string | undefined }
  /** One table, under a name of its own, into a database that is in use. */
  | { readonly kind: "table"; readonly database?: string | undefined; readonly copy: TableCopy };

export interface RestoreOptions {
  readonly choice: Choice;
  /** Whose backups to choose among; undefined when the store holds those of one database. */
  readonly database?: string | undefined;
  readonly target: Target;
  readonly part?: Part | undefined;
  readonly unproven?: boolean | undefined;
  readonly allowUnsigned?: boolean | undefined;
  /** Owner of the restored database and all in it; undefined to keep the owners, null for the connected role. */
  readonly owner?: string | null | undefined;
  /** @default true */
  readonly rights?: boolean | undefined;
  readonly tablespaces?: boolean | undefined;
  readonly publications?: boolean | undefined;
  readonly subscriptions?: boolean | undefined;
  readonly createRoles?: boolean | undefined;
  /** Why the live database is replaced without a backup of it first. */
  readonly noSafetyBackup?: string | undefined;
}
