import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { keyFiles, testKeys } from "../testing/test-world.ts";
import { readIdentities, readRecipients, readSignerOf, readTrust } from "./keys.ts";

const home = mkdtempSync(join(tmpdir(), "golive-backup-keys-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const { recipients, identities, signer, trusted } = testKeys();
const [ops = "", escrow = ""] = recipients;
const recipientsOf = (content: string) => {
  writeFileSync(join(home, "list"), content);
  return readRecipients({ BACKUP_RECIPIENTS_FILE: join(home, "list") });
};

test("keys come from their files", () => {
  const env = keyFiles(home);
  expect(readRecipients(env)).toEqual(recipients);
  expect(readIdentities(env)).toEqual([identities[0]]);
  expect(readSignerOf(env).id).toBe(signer.id);
  expect([...readTrust(env).keys()]).toEqual([...trusted.keys()]);
});

test("comments and blank lines among recipients are skipped", () => {
  expect(recipientsOf(`# operations\n${ops}\n\n# escrow\n${escrow}\n`)).toEqual([ops, escrow]);
});

test("one recipient is too few, and so is one twice", () => {
  expect(() => recipientsOf(ops)).toThrow(/names 1 recipients, 2 are needed/);
  expect(() => recipientsOf(`${ops}\n${ops}`)).toThrow(/names 1 recipients/);
});

test("a file of the wrong kind is refused without being quoted", () => {
  expect(() => readIdentities({ BACKUP_IDENTITY_FILE: keyFiles(home).BACKUP_SIGNING_KEY_FILE })).toThrow(
    /no age identity/,
  );
  writeFileSync(join(home, "swapped"), identities[0] ?? "");
  expect(() => readSignerOf({ BACKUP_SIGNING_KEY_FILE: join(home, "swapped") })).not.toThrow(/AGE-SECRET/);
  expect(() => readSignerOf({ BACKUP_SIGNING_KEY_FILE: join(home, "swapped") })).toThrow(/no Ed25519 private key/);
});

test("an identity that stands among the recipients is refused, and never shown", () => {
  const read = () => recipientsOf(`${ops}\n${identities[1]}`);
  expect(read).toThrow(/age recipient/);
  expect(read).not.toThrow(/AGE-SECRET-KEY/);
});
