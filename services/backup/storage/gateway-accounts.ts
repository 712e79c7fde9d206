import { createHash } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Accounts } from "../config/accounts.ts";
import type { AccessKeys } from "../config/store.ts";
import { storeError } from "./s3-errors.ts";

/**
 * Accounts of versitygw by its admin API, which stands beside S3 on the same port and answers its root account only:
 * https://github.com/versity/versitygw/wiki/Multi-Tenant. The SDK has no words for it but signs it all the same.
 */
interface GatewayAccount {
  readonly access: string;
  readonly secret: string;
  readonly role: string;
}

/** `user` may do what a bucket's policy allows it and nothing by itself; `userplus` may make buckets, and owns those. */
const roles = { writer: "user", reader: "user", pruner: "user", archiver: "userplus" } as const;

/** Makes the accounts, or gives those that are there their secret and role. Returns what was changed, in words. */
export async function ensureAccounts(
  client: S3Client,
  endpoint: string,
  accounts: Accounts,
  archiver: AccessKeys | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const present = accountsIn(await call(client, endpoint, "/list-users", {}, "", signal));
  const changes: string[] = [];
  const wanted = { ...accounts, ...(archiver === undefined ? {} : { archiver }) };
  for (const [name, { id, secret }] of Object.entries(wanted)) {
    const role = roles[name as keyof typeof roles];
    const found = present.find(({ access }) => access === id);
    if (found === undefined) {
      const body = `<Account><Access>${escaped(id)}</Access><Secret>${escaped(secret)}</Secret><Role>${role}</Role></Account>`;
      await call(client, endpoint, "/create-user", {}, body, signal);
      changes.push(`account ${id} made, the ${name}`);
    } else if (found.secret !== secret || found.role !== role) {
      const body = `<MutableProps><Secret>${escaped(secret)}</Secret><Role>${role}</Role></MutableProps>`;
      await call(client, endpoint, "/update-user", { access: id }, body, signal);
      changes.push(`account ${id} given its ${found.secret === secret ? "role" : "new secret"}`);
    }
  }
  return changes;
}

async function call(
  client: S3Client,
  endpoint: string,
  path: string,
  query: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<string> {
  const url = new URL(path, endpoint);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const signer = await client.config.signer();
  const { headers } = await signer.sign({
    method: "PATCH",
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    path: url.pathname,
    query,
    headers: { host: url.host, "x-amz-content-sha256": createHash("sha256").update(body).digest("hex") },
    body,
  } as Parameters<typeof signer.sign>[0]);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(30_000)]);
  const answer = await fetch(url, { method: "PATCH", headers, body, signal: limit }).catch((error: Error) => {
    signal.throwIfAborted();
    throw storeError(error.cause ?? error, `accounts of the object store: ${path.slice(1)}`);
  });
  const text = await answer.text();
  if (answer.ok) return text;
  const [code, message] = ["Code", "Message"].map((name) => textOf(text, name));
  throw new GoliveError(
    "BACKUP_FAILED",
    `accounts of the object store: ${path.slice(1)}: ${code || "refused"}: ${message || answer.statusText} (HTTP ${answer.status})`,
    code === "XAdminMethodNotSupported"
      ? "Start versitygw with --iam-dir, or run without the variables of the accounts."
      : "Use the root keys of versitygw; accounts of another server are made by its own means.",
  );
}

function accountsIn(xml: string): GatewayAccount[] {
  return [...xml.matchAll(/<Accounts>(.*?)<\/Accounts>/gs)].map(([, account = ""]) => ({
    access: textOf(account, "Access"),
    secret: textOf(account, "Secret"),
    role: textOf(account, "Role"),
  }));
}

function textOf(xml: string, name: string): string {
  const [, text = ""] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? [];
  const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_all, hex?: string, decimal?: string, word?: string) =>
    word === undefined
      ? String.fromCodePoint(Number.parseInt(hex ?? decimal ?? "", hex ? 16 : 10))
      : (named[word] ?? ""),
  );
}

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
