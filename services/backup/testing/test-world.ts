import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import pg from "pg";
import type { PostgresServer } from "../../../tests/postgres-server.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import type { BackupWorld } from "../runs/take-backup.ts";
import type { Signer, TrustedKeys } from "../signing/envelope.ts";
import { keyId } from "../signing/keys.ts";
import type { ObjectStore } from "../storage/object-store.ts";

/** Tests of this folder run real programs on machines that may be busy. */
export const patient = { timeout: 180_000 };

export function configOf(server: PostgresServer, database: string): PostgresConfig {
  return {
    host: server.host,
    port: server.port,
    database,
    user: server.user,
    password: server.password,
    caFile: undefined,
    bin: server.bin,
    maintenanceDatabase: "postgres",
    lockWaitSeconds: 2,
  };
}

export interface TestKeys {
  /** Operations first, escrow second. */
  readonly recipients: readonly string[];
  /** In the same order; each alone opens every backup. */
  readonly identities: readonly string[];
  readonly signer: Signer;
  readonly trusted: TrustedKeys;
}

/** Made anew by every test process, so no key of a test is worth stealing. */
const keys = await makeKeys();

async function makeKeys(): Promise<TestKeys> {
  const identities = [await generateX25519Identity(), await generateX25519Identity()];
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const signer = { key: privateKey, id: keyId(publicKey) };
  return {
    recipients: await Promise.all(identities.map(identityToRecipient)),
    identities,
    signer,
    trusted: new Map([[signer.id, publicKey]]),
  };
}

/** The same keys on every call within one test file. */
export const testKeys = (): TestKeys => keys;

/** Another Ed25519 key, which nobody trusts. */
export function strangerSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { key: privateKey, id: keyId(publicKey) };
}

/** The same keys as files in a folder: variables for the program itself. */
export function keyFiles(folder: string): Record<string, string> {
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, `${content}\n`, { mode: 0o600 });
    return path;
  };
  const pem = { format: "pem" } as const;
  return {
    BACKUP_RECIPIENTS_FILE: file("recipients", keys.recipients.join("\n")),
    BACKUP_IDENTITY_FILE: file("identity", keys.identities[0] ?? ""),
    BACKUP_SIGNING_KEY_FILE: file(
      "signing.pem",
      keys.signer.key
        .export({ ...pem, type: "pkcs8" })
        .toString()
        .trim(),
    ),
    BACKUP_TRUSTED_KEYS_FILE: file(
      "trusted.pem",
      createPublicKey(keys.signer.key)
        .export({ ...pem, type: "spki" })
        .toString()
        .trim(),
    ),
  };
}

export interface TestWorld extends BackupWorld {
  readonly lines: string[];
}

/** One or several destinations; the keys are those of `testKeys()`. */
export function testWorld(
  postgres: PostgresConfig,
  stores: ObjectStore | readonly ObjectStore[],
  signal?: AbortSignal,
): TestWorld {
  const lines: string[] = [];
  return {
    postgres,
    stores: "reach" in stores ? [stores] : stores,
    recipients: keys.recipients,
    signer: keys.signer,
    trusted: keys.trusted,
    now: () => new Date(),
    lines,
    report: (line) => lines.push(line),
    signal: signal ?? new AbortController().signal,
  };
}

/** One statement on a connection of its own. */
export async function sql<Row extends pg.QueryResultRow = pg.QueryResultRow>(
  server: PostgresServer,
  database: string,
  text: string,
): Promise<Row[]> {
  const client = new pg.Client({ ...configOf(server, database), ssl: false });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const result: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await client.query<Row>(text);
    // Several statements in one text give one result each.
    return (Array.isArray(result) ? (result.at(-1) as pg.QueryResult<Row>) : result).rows;
  } finally {
    await client.end();
  }
}

/** A session that stays until its `end()`. */
export async function client(server: PostgresServer, database: string): Promise<pg.Client> {
  const one = new pg.Client({ ...configOf(server, database), ssl: false });
  // It may be ended by what is tried; whoever uses it then hears so from its query.
  one.on("error", () => undefined);
  await one.connect();
  return one;
}

/** Process ids of this process's children of a name. */
export function childrenNamed(name: string, parent = process.pid): number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        // "pid (comm) state ppid …": the name may hold blanks and brackets, so it is cut at its last bracket.
        const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
        const [, ppid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return Number(ppid) === parent && stat.includes(`(${name})`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** What a run must not leave behind: its child, its session, its lock. */
export async function leftovers(
  server: PostgresServer,
): Promise<{ children: number[]; sessions: number; locks: number }> {
  const count = async (text: string) => Number((await sql<{ n: string }>(server, "postgres", text))[0]?.n);
  // A session that was cut off is gone from the server's list a moment later.
  const limit = Date.now() + 10_000;
  for (;;) {
    const left = {
      children: ["pg_dump", "pg_dumpall", "pg_restore"].flatMap((name) => childrenNamed(name)),
      sessions: await count("select count(*) as n from pg_stat_activity where application_name = 'golive-backup'"),
      locks: await count("select count(*) as n from pg_locks where locktype = 'advisory'"),
    };
    if (left.children.length + left.sessions + left.locks === 0 || Date.now() > limit) return left;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
export const nothing = { children: [], sessions: 0, locks: 0 };
