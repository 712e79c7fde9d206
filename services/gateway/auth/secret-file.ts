import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import { ConfigError } from "../config.ts";

/** Secrets of which the first signs and all verify: a new one is put in front, and the old one goes when its last token has expired. */
export interface SharedSecrets {
  /** Never empty. */
  current(): readonly [Uint8Array, ...Uint8Array[]];
}

/** An HS256 key is at least as long as the hash (RFC 7518 §3.2). */
export const minSecretBytes = 32;
/** Each of them is tried on a token that none of them signed. */
const maxSecrets = 8;
const maxFileBytes = 64 * 1024;
/** How old a secret's reading may be; reading a file of a mounted secret takes microseconds. */
const rereadAfterMs = 1_000;

export interface SecretFileOptions {
  readonly rereadAfterMs?: number;
}

/**
 * Secrets from a file with one a line, or from a folder with one a file, in the order of names. Read anew while the process
 * lives; when that fails, those read before stay.
 */
export class SecretFile implements SharedSecrets {
  readonly #path: string;
  readonly #log: Logger;
  readonly #rereadAfterMs: number;
  #secrets: readonly [Uint8Array, ...Uint8Array[]];
  #readAt = performance.now();
  #failing = false;

  /** @throws ConfigError when there is nothing usable at the start */
  constructor(path: string, log: Logger, options: SecretFileOptions = {}) {
    this.#path = path;
    this.#log = log;
    this.#rereadAfterMs = options.rereadAfterMs ?? rereadAfterMs;
    this.#secrets = readSecrets(path);
  }

  current(): readonly [Uint8Array, ...Uint8Array[]] {
    if (performance.now() - this.#readAt >= this.#rereadAfterMs) this.#reread();
    return this.#secrets;
  }

  #reread(): void {
    this.#readAt = performance.now();
    try {
      this.#secrets = readSecrets(this.#path);
      if (this.#failing) this.#log.info("the shared secrets can be read again");
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#log.error({ err: error }, "the shared secrets cannot be read; those read before stay");
      this.#failing = true;
    }
  }
}

function readSecrets(path: string): readonly [Uint8Array, ...Uint8Array[]] {
  const [first, ...others] = texts(path).map((text) => Buffer.from(text));
  if (first === undefined) throw new ConfigError(`AUTH_SECRET_FILE: ${path} holds no secret`);
  const secrets = [first, ...others] as const;
  if (secrets.length > maxSecrets) {
    throw new ConfigError(`AUTH_SECRET_FILE: ${path} holds ${secrets.length} secrets, ${maxSecrets} are the most`);
  }
  const short = secrets.findIndex(({ length }) => length < minSecretBytes);
  if (short !== -1) {
    throw new ConfigError(
      `AUTH_SECRET_FILE: secret ${short + 1} of ${path} has ${secrets[short]?.length} bytes, ${minSecretBytes} are the least`,
    );
  }
  return [first, ...others];
}

function texts(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return lines(textOf(path));
    // Kubernetes keeps the versions of a mounted secret in folders whose names begin with a dot.
    const names = readdirSync(path).filter((name) => !name.startsWith("."));
    return names.sort().flatMap((name) => lines(textOf(join(path, name))));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`AUTH_SECRET_FILE: ${path} cannot be read`, { cause: error });
  }
}

function textOf(file: string): string {
  const stat = statSync(file);
  // A pipe would hold up the process until somebody writes into it.
  if (!stat.isFile()) throw new ConfigError(`AUTH_SECRET_FILE: ${file} is not a file`);
  if (stat.size > maxFileBytes) {
    throw new ConfigError(`AUTH_SECRET_FILE: ${file} has ${stat.size} bytes, ${maxFileBytes} are the most`);
  }
  return readFileSync(file, "utf8");
}

const lines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
