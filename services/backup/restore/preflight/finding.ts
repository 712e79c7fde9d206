/** One thing that a person should know before a restore. */
export interface Finding {
  /** Which check; for programs. */
  readonly check: Check;
  /** The restore would fail or lose something. */
  readonly refuses: boolean;
  readonly text: string;
  /** What makes it go away, as a sentence; null for what only informs. */
  readonly cure: string | null;
}

export const checks = {
  scope: "the backup is of the whole database",
  space: "the archive fits the scratch folder, the database the server's disk",
  programs: "pg_restore fits the archive and the server",
  rights: "the connected role may do what the archive asks for",
  locale: "the server has the encoding and the sorting rules",
  extensions: "the server has the extensions",
  roles: "the server has the roles",
  tablespaces: "the server has the tablespaces",
  sessions: "nobody is in the database, or can be ended",
  replication: "no prepared transaction, slot or subscription depends on the database",
  schema: "what tables and columns come and go",
  server: "it is the server that was backed up",
} as const;
export type Check = keyof typeof checks;

export const refuses = (check: Check, text: string, cure: string): Finding => ({ check, refuses: true, text, cure });
export const tells = (check: Check, text: string): Finding => ({ check, refuses: false, text, cure: null });

/** As in `"a", "b"`: names as they are, however odd. */
export const names = (list: readonly string[]): string => list.map((name) => JSON.stringify(name)).join(", ");
