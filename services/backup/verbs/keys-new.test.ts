import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, expect, test } from "vitest";
import { readIdentities, readRecipients, readSignerOf, readTrust } from "../config/keys.ts";
import { decrypting, encrypting } from "../encryption/age.ts";
import { open, seal } from "../signing/envelope.ts";
import { keysNew } from "./keys-new.ts";

const home = mkdtempSync(join(tmpdir(), "golive-backup-keys-new-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const world = { env: {}, now: () => new Date(), report: () => undefined, signal: new AbortController().signal };
const make = (kind: string, options: Record<string, unknown>) => keysNew.run(world, { args: [kind], options });

test("two age pairs encrypt and decrypt, and only the public halves are shown", async () => {
  const out = join(home, "deep", "age");
  const made = [await make("age", { out, name: "ops" }), await make("age", { out, name: "escrow" })];
  for (const { text, json } of made) expect(text + JSON.stringify(json)).not.toContain("AGE-SECRET-KEY");
  for (const name of ["ops-identity", "escrow-identity", "ops-recipient"])
    expect(statSync(join(out, name)).mode & 0o777, name).toBe(0o600);
  const list = join(out, "recipients");
  writeFileSync(list, ["ops", "escrow"].map((name) => readFileSync(join(out, `${name}-recipient`), "utf8")).join(""));
  const recipients = readRecipients({ BACKUP_RECIPIENTS_FILE: list });
  const cipher = await buffer(await encrypting(recipients, Readable.from([Buffer.from("rows")])));
  const identities = readIdentities({ BACKUP_IDENTITY_FILE: join(out, "escrow-identity") });
  expect((await buffer(await decrypting(identities, Readable.from([cipher])))).toString()).toBe("rows");
});

test("an Ed25519 pair signs and is believed", async () => {
  const { text } = await make("ed25519", { out: home });
  expect(text).toContain("BEGIN PUBLIC KEY");
  expect(text).not.toContain("PRIVATE");
  const signer = readSignerOf({ BACKUP_SIGNING_KEY_FILE: join(home, "signing.pem") });
  const trusted = readTrust({ BACKUP_TRUSTED_KEYS_FILE: join(home, "trusted.pem") });
  expect(open("t", seal("t", Buffer.from("x"), signer), trusted)).toMatchObject({ keyId: signer.id });
});

test("a key that is there is never overwritten", async () => {
  const out = join(home, "twice");
  await make("age", { out });
  const before = readFileSync(join(out, "identity"), "utf8");
  await expect(make("age", { out })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: /identity exists already$/,
  });
  expect(readFileSync(join(out, "identity"), "utf8")).toBe(before);
});

test.each([
  ["rsa", { out: home }, /"rsa" is no kind of key/],
  ["age", { out: home, name: "../x" }, /cannot begin a file's name/],
])("%s with %j is a wrong use", async (kind, options, message) => {
  await expect(make(kind, options)).rejects.toMatchObject({ code: "USAGE", message });
});
