import { GoliveError } from "@golive/errors/golive-error.ts";
import { z } from "zod";
import type { Signer, TrustedKeys } from "../signing/envelope.ts";
import { readSigner, readTrustedKeys } from "../signing/keys.ts";
import { check, type Env, secretFile } from "./check.ts";

/** Each job gets the keys of its work alone: who backs up can encrypt and sign, but not decrypt. */
export const keyVariables = z.object({
  BACKUP_RECIPIENTS_FILE: z
    .string()
    .optional()
    .describe(
      "file with the age recipients (age1…), one a line: operations and escrow, two at least; needed to back up",
    ),
  BACKUP_SIGNING_KEY_FILE: z
    .string()
    .optional()
    .describe("PEM file of the Ed25519 private key that signs manifests and records; needed to write them"),
  BACKUP_TRUSTED_KEYS_FILE: z
    .string()
    .optional()
    .describe("PEM file of the Ed25519 public keys whose signatures count; needed to read backups"),
  BACKUP_IDENTITY_FILE: z
    .string()
    .optional()
    .describe("file with the age identities (AGE-SECRET-KEY-…) that decrypt; needed to restore and to drill"),
});

/** Two, because one lost key must not be the loss of every backup. */
export const fewestRecipients = 2;

/** @throws CONFIG_INVALID with fewer than two, or with a line that is no recipient. */
export function readRecipients(env: Env): readonly string[] {
  const lines = linesOf(required(env, "BACKUP_RECIPIENTS_FILE"));
  // Not quoted: somebody may have put an identity there.
  const bad = lines.findIndex((line) => !/^age1[0-9a-z]{58,}$/.test(line));
  if (bad >= 0)
    throw new GoliveError(
      "CONFIG_INVALID",
      `BACKUP_RECIPIENTS_FILE: entry ${bad + 1} of ${lines.length} is no age recipient`,
      "Write one recipient (age1…) a line; `golive-backup keys new age` makes pairs.",
    );
  if (new Set(lines).size < fewestRecipients)
    throw new GoliveError(
      "CONFIG_INVALID",
      `BACKUP_RECIPIENTS_FILE names ${new Set(lines).size} recipients, ${fewestRecipients} are needed`,
      "Add the escrow recipient: with one key, its loss is the loss of every backup.",
    );
  return [...new Set(lines)];
}

/** @throws CONFIG_INVALID. The message never quotes the file. */
export function readIdentities(env: Env): readonly string[] {
  return identitiesIn(required(env, "BACKUP_IDENTITY_FILE"), "BACKUP_IDENTITY_FILE");
}

/** Those in a text that came from `source`. @throws CONFIG_INVALID. The message never quotes the text. */
export function identitiesIn(text: string, source: string): readonly string[] {
  const lines = linesOf(text);
  if (lines.length === 0 || !lines.every((line) => /^AGE-SECRET-KEY-[0-9A-Z-]+$/.test(line)))
    throw new GoliveError(
      "CONFIG_INVALID",
      `${source} holds a line that is no age identity`,
      "Write one identity (AGE-SECRET-KEY-…) a line, in capitals.",
    );
  return lines;
}

export const hasIdentities = (env: Env): boolean => Boolean(env.BACKUP_IDENTITY_FILE);

export function readSignerOf(env: Env): Signer {
  return readSigner(required(env, "BACKUP_SIGNING_KEY_FILE"), "BACKUP_SIGNING_KEY_FILE");
}

export function readTrust(env: Env): TrustedKeys {
  return readTrustedKeys(required(env, "BACKUP_TRUSTED_KEYS_FILE"), "BACKUP_TRUSTED_KEYS_FILE");
}

function required(env: Env, name: keyof z.output<typeof keyVariables>): string {
  const path = check(keyVariables, env)[name];
  if (path === undefined)
    throw new GoliveError("CONFIG_INVALID", `${name} is not set`, "Set it; --help tells what each variable is for.");
  return secretFile(name, path);
}

/** Without comments and blank lines, as age's own files have them. */
const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
