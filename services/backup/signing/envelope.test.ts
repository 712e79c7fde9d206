import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { open, peek, type Signer, seal, type TrustedKeys } from "./envelope.ts";
import { keyId, readSigner, readTrustedKeys } from "./keys.ts";

function pair(): { signer: Signer; privatePem: string; publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    signer: { key: privateKey, id: keyId(publicKey) },
    privatePem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}
const [ours, next, stranger] = [pair(), pair(), pair()];
const trusted: TrustedKeys = readTrustedKeys(`${ours.publicPem}\n${next.publicPem}`, "test");
const type = "application/vnd.golive.test+json";
const body = Buffer.from('{"a":1}');
const changed = (change: (document: Record<string, never>) => unknown): string => {
  const document = JSON.parse(seal(type, body, ours.signer).toString());
  change(document);
  return JSON.stringify(document);
};

test("what was sealed opens with every trusted key's signature, byte for byte", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.constantFrom(ours, next), (bytes, { signer }) => {
      const opened = open(type, seal(type, Buffer.from(bytes), signer), trusted);
      expect(opened).toEqual({ payload: Buffer.from(bytes), keyId: signer.id });
    }),
  );
});

test("the signature is DSSE's, so other programs can check it", () => {
  const { payload, signatures } = JSON.parse(seal(type, body, ours.signer).toString());
  const message = Buffer.from(`DSSEv1 ${type.length} ${type} ${body.length} ${body.toString()}`);
  expect(Buffer.from(payload, "base64")).toEqual(body);
  expect(verify(undefined, message, createPublicKey(ours.publicPem), Buffer.from(signatures[0].sig, "base64"))).toBe(
    true,
  );
});

test("no single bit of payload, type or signature can be changed", () => {
  const { payload, signatures } = JSON.parse(seal(type, body, ours.signer).toString());
  const parts = { payload: Buffer.from(payload, "base64"), sig: Buffer.from(signatures[0].sig, "base64") };
  fc.assert(
    fc.property(fc.constantFrom("payload" as const, "sig" as const), fc.nat(), fc.nat(7), (part, position, bit) => {
      const bytes = Buffer.from(parts[part]);
      const at = position % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      const [p, s] = [part === "payload" ? bytes : parts.payload, part === "sig" ? bytes : parts.sig];
      const forged = {
        payloadType: type,
        payload: p.toString("base64"),
        signatures: [{ keyid: ours.signer.id, sig: s.toString("base64") }],
      };
      expect(open(type, JSON.stringify(forged), trusted)).toEqual({
        problem: "its signature does not fit its content",
      });
    }),
  );
});

describe("what does not open", () => {
  test.each([
    ["of another type", seal(`${type}x`, body, ours.signer), /^it is a .*x, not a /],
    ["whose type was changed", changed((it) => Object.assign(it, { payloadType: `${type}x` })), /^it is a .*x, not a /],
    ["of a stranger", seal(type, body, stranger.signer), new RegExp(`unknown key ${stranger.signer.id}`)],
    [
      "of a stranger who says that he is us",
      seal(type, body, { ...stranger.signer, id: ours.signer.id }),
      /does not fit/,
    ],
    ["without a signature", changed((it) => Object.assign(it, { signatures: [] })), /not a signed document/],
    ["that is something else", '{"id":"x"}', /not a signed document/],
    ["that is no JSON", "{", /not a signed document/],
    ["that is empty", "", /not a signed document/],
  ])("a document %s", (_what, sealed, problem) => {
    expect(open(type, sealed, trusted)).toEqual({ problem: expect.stringMatching(problem) });
  });

  test("its payload can be looked at, but is not given out by open", () => {
    const foreign = seal(type, body, stranger.signer);
    expect(peek(foreign)).toEqual(body);
    expect(peek("{")).toBeUndefined();
  });
});

test("one trusted signature among several is enough: a key is rotated without a gap", () => {
  const two = changed((it) => {
    const foreign = JSON.parse(seal(type, body, stranger.signer).toString()).signatures;
    Object.assign(it, { signatures: [...foreign, ...((it.signatures ?? []) as never[])] });
  });
  expect(open(type, two, trusted)).toMatchObject({ keyId: ours.signer.id });
});

describe("keys in PEM files", () => {
  test("a private key gives its signer, with the name of its public half", () => {
    expect(readSigner(ours.privatePem, "test").id).toBe(ours.signer.id);
    expect([...trusted.keys()]).toEqual([ours.signer.id, next.signer.id]);
  });

  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  test.each([
    ["no key", () => readSigner("x", "FILE"), /FILE holds no Ed25519 private key/],
    [
      "a key of another kind",
      () => readSigner(rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString(), "FILE"),
      /it is rsa/,
    ],
    ["no public key", () => readTrustedKeys("x", "FILE"), /no PEM block/],
    [
      "a broken public key",
      () => readTrustedKeys("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "FILE"),
      /cannot be read as one/,
    ],
    [
      "a public key of another kind",
      () => readTrustedKeys(rsa.publicKey.export({ type: "spki", format: "pem" }).toString(), "FILE"),
      /it is rsa/,
    ],
  ])("%s is told without quoting the file", (_what, readIt, message) => {
    expect(readIt).toThrow(
      expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringMatching(message) }),
    );
  });
});
