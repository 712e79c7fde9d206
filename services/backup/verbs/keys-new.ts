import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { keyId } from "../signing/keys.ts";
import type { Verb } from "./verb.ts";

interface Pair {
  /** File name → content; only its owner may read it. */
  readonly secret: readonly [string, string];
  readonly open: readonly [string, string];
  /** The public half, as it is shown. */
  readonly shown: string;
  readonly id: string;
}

/** What a pair is for → how it is made, and what to do with it. */
const kinds = {
  age: {
    make: agePair,
    use: "Put recipient into BACKUP_RECIPIENTS_FILE; keep identity away from the jobs that back up.",
  },
  ed25519: {
    make: signingPair,
    use: "Mount signing.pem for the jobs that write; add trusted.pem to BACKUP_TRUSTED_KEYS_FILE.",
  },
} as const satisfies Record<string, { make: (name: string) => Pair | Promise<Pair>; use: string }>;
type Kind = keyof typeof kinds;

export const keysNew: Verb = {
  words: "keys new",
  about: "make a pair of keys",
  details:
    "An age pair encrypts and decrypts backups; make two, one for operations and one for escrow, and keep the second one elsewhere. " +
    "An Ed25519 pair signs manifests and records. The secret half is written into a file that only you may read and is never " +
    "shown; files that exist are never overwritten.",
  args: [{ name: "kind", about: "age or ed25519" }],
  options: [
    { flags: "--out <folder>", about: "folder to write the files into, made when it is not there", required: true },
    { flags: "--name <name>", about: "begin of the files' names, as in ops-identity (default: none)" },
  ],
  examples: [
    "golive-backup keys new age --name ops --out keys",
    "golive-backup keys new age --name escrow --out /media/safe",
    "golive-backup keys new ed25519 --out keys",
  ],
  reads: [],
  exits: ["USAGE", "CONFIG_INVALID"],
  async run(_world, { args: [kind = ""], options }) {
    const known = Object.hasOwn(kinds, kind) ? kinds[kind as Kind] : undefined;
    if (known === undefined)
      throw new GoliveError(
        "USAGE",
        `${JSON.stringify(kind)} is no kind of key`,
        `Give one of ${Object.keys(kinds).join(", ")}.`,
      );
    const name = String(options.name ?? "");
    if (!/^[\w.-]*$/.test(name))
      throw new GoliveError(
        "USAGE",
        `--name ${JSON.stringify(name)} cannot begin a file's name`,
        "Use letters, digits, - and _.",
      );
    const folder = resolve(String(options.out));
    const pair = await known.make(name === "" ? "" : `${name}-`);
    const secretFile = join(folder, pair.secret[0]);
    const publicFile = join(folder, pair.open[0]);
    write(folder, [
      [secretFile, pair.secret[1]],
      [publicFile, pair.open[1]],
    ]);
    return {
      json: { kind, id: pair.id, public: pair.shown, secretFile, publicFile },
      text: [`secret half: ${secretFile}`, `public half: ${publicFile}`, pair.shown, known.use].join("\n"),
    };
  },
};

async function agePair(prefix: string): Promise<Pair> {
  const identity = await generateIdentity();
  const recipient = await identityToRecipient(identity);
  // As age-keygen writes it.
  const secret = `# public key: ${recipient}\n${identity}\n`;
  return {
    secret: [`${prefix}identity`, secret],
    open: [`${prefix}recipient`, `${recipient}\n`],
    shown: recipient,
    id: recipient,
  };
}

function signingPair(prefix: string): Pair {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const secret = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const open = publicKey.export({ type: "spki", format: "pem" }).toString();
  const id = keyId(publicKey);
  return {
    secret: [`${prefix}signing.pem`, secret],
    open: [`${prefix}trusted.pem`, open],
    shown: `${open.trim()}\nkey ${id}`,
    id,
  };
}

/** @throws CONFIG_INVALID when a file exists or cannot be written. */
function write(folder: string, files: readonly (readonly [string, string])[]): void {
  for (const [path, content] of files)
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(path, content, { mode: 0o600, flag: "wx" });
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? "unreadable";
      const why = code === "EEXIST" ? "exists already" : `cannot be written (${code})`;
      throw new GoliveError(
        "CONFIG_INVALID",
        `${path} ${why}`,
        "Name another folder with --out or another --name; a key that is in use must never be overwritten.",
        { cause },
      );
    }
}
