import { generateKeyPairSync } from "node:crypto";
import { Registry } from "@prometheus-io/client";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLogger } from "../telemetry/log.ts";
import { authConfig } from "./config.ts";
import { issueToken } from "./issue-token.ts";
import { AuthMetrics } from "./metrics.ts";
import { CredentialRefused } from "./refusals.ts";
import { type JwksServer, startJwksServer, withKeys } from "./testing/jwks-server.ts";
import {
  claims,
  hs256,
  jwk,
  makeTestKeys,
  nowSeconds,
  publicAlgorithms,
  segment,
  signerOf,
  token,
} from "./testing/test-tokens.ts";
import { type TokenVerifier, tokenVerifier } from "./token-verifier.ts";

const secret = "0123456789abcdef0123456789abcdef";
const secrets = { current: () => [Buffer.from(secret)] as const };
const keys = makeTestKeys();
const rs256 = signerOf("RS256", keys.private.RS256);
const rsHeader = { alg: "RS256", typ: "JWT", kid: "rs256" };
const hsHeader = { alg: "HS256", typ: "JWT" };
const empty = () => Buffer.alloc(0);

let server: JwksServer;
let verifier: TokenVerifier;
const log = createLogger("silent");
const config = (jwksUrl: URL | undefined) => ({
  ...authConfig({ AUTH_ROLES_CLAIM: "roles", AUTH_SESSION_COOKIE: false }),
  jwksUrl,
});
const verifierFor = (jwksUrl: URL | undefined, shared: typeof secrets | undefined) =>
  tokenVerifier(config(jwksUrl), { log, metrics: new AuthMetrics(new Registry()), secrets: shared });

beforeAll(async () => {
  server = await startJwksServer(withKeys(keys.jwks));
  verifier = verifierFor(server.url, secrets);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** Undefined when the token passes; anything but a refusal or a pass fails the test. */
async function refusalOf(text: string, by = verifier): Promise<string | undefined> {
  try {
    await by.verify(text);
    return undefined;
  } catch (error) {
    if (error instanceof CredentialRefused) return error.reason;
    throw error;
  }
}

test.each(publicAlgorithms)("%s with a key of the set passes", async (alg) => {
  const header = { alg, typ: "JWT", kid: alg.toLowerCase() };
  const principal = await verifier.verify(token(header, claims(), signerOf(alg, keys.private[alg])));
  expect(principal).toMatchObject({ id: "user-1", roles: ["operator"] });
});

test("a token of the platform's own passes, and says who and what", async () => {
  const issued = await issueToken(secret, { subject: "ada", roles: ["viewer", "admin"], minutes: 5 });
  const again = await issueToken(secret, { subject: "ada", roles: ["viewer", "admin"], minutes: 5 });
  const [one, two] = [await verifier.verify(issued), await verifier.verify(again)];
  expect(one).toMatchObject({ id: "ada", roles: ["viewer", "admin"] });
  expect(one.session).not.toBe(two.session);
});

const now = nowSeconds();
test.each([
  ["an audience among others", rsHeader, claims({ aud: ["other", "golive-gateway"] })],
  ["nbf in half a minute, as clocks differ", rsHeader, claims({ nbf: now + 30 })],
  ["exp half a minute ago, as clocks differ", rsHeader, claims({ exp: now - 30 })],
  ["an access token's type", { ...rsHeader, typ: "application/at+jwt" }, claims()],
  ["no type", { alg: "RS256", kid: "rs256" }, claims()],
  ["no key id where one key fits", { alg: "RS256" }, claims()],
])("%s passes", async (_what, header, payload) => {
  expect(await refusalOf(token(header, payload, rs256))).toBeUndefined();
});

const rsPem = keys.public.RS256.export({ type: "spki", format: "pem" });
const attackersJwk = keys.public.RS256.export({ format: "jwk" });
const rs = (header: object | string, payload: object | string = claims()) => token(header, payload, rs256);
const hs = (payload: object | string, header: object | string = hsHeader, key: string | Uint8Array = secret) =>
  token(header, payload, hs256(key));

describe("hostile tokens", () => {
  test.each([
    ["alg none without a signature", `${segment({ alg: "none" })}.${segment(claims())}.`, "malformed"],
    ["alg none", token({ alg: "none" }, claims(), () => Buffer.from("x")), "algorithm"],
    ["alg None", token({ alg: "None" }, claims(), () => Buffer.from("x")), "algorithm"],
    ["alg nOnE", token({ alg: "nOnE" }, claims(), () => Buffer.from("x")), "algorithm"],
    ["alg in lower case", rs({ ...rsHeader, alg: "rs256" }), "algorithm"],
    ["an algorithm that is not offered", rs({ ...rsHeader, alg: "RS512" }), "algorithm"],
    ["alg of another type", rs({ ...rsHeader, alg: ["RS256"] }), "malformed"],
    ["alg constructor", rs({ ...rsHeader, alg: "constructor" }), "algorithm"],
    ["no alg", rs({ typ: "JWT" }), "malformed"],
    ["alg from a prototype", rs('{"__proto__":{"alg":"RS256"},"kid":"rs256"}'), "malformed"],
    [
      "HS256 keyed with the public key's PEM",
      hs(claims(), { alg: "HS256", kid: "rs256" }, rsPem as string),
      "signature",
    ],
    ["HS256 keyed with nothing", hs(claims(), hsHeader, ""), "signature"],
    ["RS256 with the id of a key for ES256", rs({ ...rsHeader, kid: "es256" }), "unknown-key"],
    ["PS256 with a key for RS256", rs({ ...rsHeader, alg: "PS256" }), "unknown-key"],
    ["an unknown critical parameter", rs({ ...rsHeader, crit: ["x"], x: 1 }), "header"],
    ["an empty crit", rs({ ...rsHeader, crit: [] }), "header"],
    ["an unencoded payload", rs({ ...rsHeader, b64: false, crit: ["b64"] }), "header"],
    ["b64 without crit", rs({ ...rsHeader, b64: false }), "header"],
    ["a key inside", rs({ ...rsHeader, jwk: attackersJwk }), "header"],
    ["the address of a key", rs({ ...rsHeader, jku: "https://evil.example/keys" }), "header"],
    ["the address of a certificate", rs({ ...rsHeader, x5u: "https://evil.example/c" }), "header"],
    ["a certificate inside", rs({ ...rsHeader, x5c: ["MII"] }), "header"],
    ["a key id that climbs folders", rs({ ...rsHeader, kid: "../../dev/null" }), "key-id"],
    ["such a key id, rightly signed", hs(claims(), { ...hsHeader, kid: "../../dev/null" }), "key-id"],
    ["a key id of 300 characters", rs({ ...rsHeader, kid: "k".repeat(300) }), "key-id"],
    ["a key id with a line break", rs({ ...rsHeader, kid: "a\nb" }), "key-id"],
    ["a key id that is no text", rs({ ...rsHeader, kid: { a: 1 } }), "key-id"],
    ["a key id of 100 kB", rs({ ...rsHeader, kid: "k".repeat(100_000) }), "too-large"],
    ["an unknown key id", rs({ ...rsHeader, kid: "who" }), "unknown-key"],
    ["a logout token", rs({ ...rsHeader, typ: "logout+jwt" }), "type"],
    ["a type that is no text", rs({ ...rsHeader, typ: 1 }), "type"],
    ["exp as text", rs(rsHeader, claims({ exp: String(now + 300) })), "claims"],
    ["exp 1e400", rs(rsHeader, JSON.stringify(claims()).replace(/"exp":\d+/, '"exp":1e400')), "claims"],
    ["exp in milliseconds", rs(rsHeader, claims({ exp: Date.now() + 300_000 * 1e6 })), "claims"],
    ["exp null", rs(rsHeader, claims({ exp: null })), "claims"],
    ["no exp", rs(rsHeader, claims({ exp: undefined })), "claims"],
    ["exp long ago", rs(rsHeader, claims({ exp: now - 120 })), "expired"],
    ["a negative exp", rs(rsHeader, claims({ exp: -1 })), "expired"],
    ["nbf in two minutes", rs(rsHeader, claims({ nbf: now + 120 })), "not-yet-valid"],
    ["nbf as text", rs(rsHeader, claims({ nbf: "0" })), "claims"],
    ["iat 1e400", rs(rsHeader, JSON.stringify(claims()).replace(/"iat":\d+/, '"iat":1e400')), "claims"],
    ["an issuer with a slash more", rs(rsHeader, claims({ iss: "golive/" })), "issuer"],
    ["an issuer in capitals", rs(rsHeader, claims({ iss: "GOLIVE" })), "issuer"],
    ["a list of issuers", rs(rsHeader, claims({ iss: ["golive"] })), "issuer"],
    ["no issuer", rs(rsHeader, claims({ iss: undefined })), "issuer"],
    ["another audience", rs(rsHeader, claims({ aud: "golive-gateway2" })), "audience"],
    ["an audience inside an object", rs(rsHeader, claims({ aud: { 0: "golive-gateway" } })), "audience"],
    ["no audience", rs(rsHeader, claims({ aud: [] })), "audience"],
    ["no subject", rs(rsHeader, claims({ sub: undefined })), "subject"],
    ["an empty subject", rs(rsHeader, claims({ sub: "" })), "subject"],
    ["a subject with a line break", rs(rsHeader, claims({ sub: "a\r\nx-golive-roles: admin" })), "subject"],
    ["a subject beyond ASCII", rs(rsHeader, claims({ sub: "аdmin" })), "subject"],
    ["a subject of 256 characters", rs(rsHeader, claims({ sub: "a".repeat(256) })), "subject"],
    ["a subject that is a number", rs(rsHeader, claims({ sub: 1 })), "subject"],
    ["a payload that is a list", rs(rsHeader, "[]"), "malformed"],
    ["a payload that is not JSON", rs(rsHeader, "{"), "malformed"],
    ["a payload that is not UTF-8", `${rs(rsHeader).split(".")[0]}.gICA.AAAA`, "signature"],
    ["four segments", `${rs(rsHeader)}.AAAA`, "malformed"],
    ["five segments, as of an encrypted token", `${rs(rsHeader)}.AAAA.AAAA`, "malformed"],
    ["padding", `${rs(rsHeader)}==`, "malformed"],
    ["white space inside", rs(rsHeader).replace(".", ". "), "malformed"],
    ["nothing", "", "malformed"],
  ])("%s is refused", async (_what, text, reason) => {
    expect(await refusalOf(text)).toBe(reason);
  });

  test("an ES256 signature of zeros is refused", async () => {
    const header = { alg: "ES256", kid: "es256" };
    expect(await refusalOf(token(header, claims(), () => Buffer.alloc(64)))).toBe("signature");
    expect(await refusalOf(token(header, claims(), empty))).toBe("malformed");
  });

  test("the last character's unused bits are part of the token", async () => {
    const good = hs(claims());
    const twin = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = twin.indexOf(good.at(-1) ?? "");
    const other = good.slice(0, -1) + twin[last + 1];
    expect(Buffer.from(other.split(".")[2] ?? "", "base64url")).toEqual(
      Buffer.from(good.split(".")[2] ?? "", "base64url"),
    );
    expect(await refusalOf(other)).toBe("malformed");
  });
});

test("each kind of key takes only its own algorithms", async () => {
  const shared = verifierFor(undefined, secrets);
  const remote = verifierFor(server.url, undefined);
  expect(await refusalOf(hs(claims()), shared)).toBeUndefined();
  expect(await refusalOf(rs(rsHeader), shared)).toBe("algorithm");
  expect(await refusalOf(rs(rsHeader), remote)).toBeUndefined();
  expect(await refusalOf(hs(claims()), remote)).toBe("algorithm");
});

test("every secret verifies, so that a rotation signs nobody out", async () => {
  const next = "fedcba9876543210fedcba9876543210";
  const rotating = tokenVerifier(config(undefined), {
    log,
    metrics: new AuthMetrics(new Registry()),
    secrets: { current: () => [Buffer.from(next), Buffer.from(secret)] },
  });
  expect(await refusalOf(hs(claims(), hsHeader, next), rotating)).toBeUndefined();
  expect(await refusalOf(hs(claims()), rotating)).toBeUndefined();
  expect(await refusalOf(hs(claims(), hsHeader, "x".repeat(32)), rotating)).toBe("signature");
});

test("keys of the set that are too short, private or broken verify nothing, and spoil no other", async () => {
  const short = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const unusable = [
    jwk(short.publicKey, "short", "RS256"),
    { ...keys.private.RS256.export({ format: "jwk" }), kid: "private", alg: "RS256" },
    { kty: "RSA", n: "!", e: "AQAB", kid: "broken", alg: "RS256" },
    { kty: "EC", crv: "P-256", x: "AAAA", y: "AAAA", kid: "off-curve", alg: "ES256" },
  ];
  await using provider = await startJwksServer(withKeys([...keys.jwks, ...unusable]));
  const strict = verifierFor(provider.url, undefined);
  const tokens = [
    token({ alg: "RS256", kid: "short" }, claims(), signerOf("RS256", short.privateKey)),
    rs({ alg: "RS256", kid: "private" }),
    rs({ alg: "RS256", kid: "broken" }),
    token({ alg: "ES256", kid: "off-curve" }, claims(), signerOf("ES256", keys.private.ES256)),
  ];
  for (const text of tokens) expect(await refusalOf(text, strict)).toBe("unusable-key");
  expect(await refusalOf(rs(rsHeader), strict)).toBeUndefined();
});

describe("mutation", () => {
  const valid = [
    ...publicAlgorithms.map((alg) =>
      token(
        { alg, typ: "JWT", kid: alg.toLowerCase() },
        claims({ roles: ["viewer"] }),
        signerOf(alg, keys.private[alg]),
      ),
    ),
    hs(claims({ roles: ["viewer"] })),
    hs(claims({ sub: "user-2" })),
  ];
  const original = fc.constantFrom(...valid);
  const anyCharacter = fc.oneof(
    fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
    fc.constantFrom(..."=+/. \t\n\0%é"),
  );
  const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const at = (text: string, where: number) => Math.floor(where * text.length);
  const replaced = fc
    .tuple(original, position, anyCharacter)
    .map(([text, where, by]) => text.slice(0, at(text, where)) + by + text.slice(at(text, where) + 1));
  const inserted = fc
    .tuple(original, position, anyCharacter)
    .map(([text, where, what]) => text.slice(0, at(text, where)) + what + text.slice(at(text, where)));
  const cut = fc
    .tuple(original, position, position)
    .map(([text, from, to]) => text.slice(0, at(text, from)) + text.slice(at(text, to)));
  const mixed = fc
    .tuple(original, original, original)
    .map(([a, b, c]) => [a.split(".")[0], b.split(".")[1], c.split(".")[2]].join("."));
  const otherClaims = fc.tuple(original, fc.object({ maxDepth: 1 })).map(([text, changes]) => {
    const [header, , signature] = text.split(".");
    return [header, segment({ ...claims(), roles: ["admin"], ...changes }), signature].join(".");
  });
  const otherHeader = fc
    .tuple(
      original,
      fc.constantFrom("RS256", "PS256", "ES256", "EdDSA", "HS256", "none", "HS512"),
      fc.object({ maxDepth: 1 }),
    )
    .map(([text, alg, changes]) => [segment({ alg, ...changes }), ...text.split(".").slice(1)].join("."));

  test.each([
    ["a character replaced", replaced],
    ["a character inserted", inserted],
    ["a piece cut or doubled", cut],
    ["segments of different tokens", mixed],
    ["other claims under an old signature", otherClaims],
    ["another header over an old signature", otherHeader],
    ["any text", fc.string({ unit: "binary" })],
  ])("%s never passes", { timeout: 120_000 }, async (_what, mutants) => {
    await fc.assert(
      fc.asyncProperty(mutants, async (text) => {
        fc.pre(!valid.includes(text));
        expect(await refusalOf(text)).toBeTypeOf("string");
      }),
      { numRuns: 200 },
    );
  });

  test("the tokens that are mutated pass as they are", async () => {
    for (const text of valid) expect(await refusalOf(text)).toBeUndefined();
  });
});

test.each([
  ["a short secret", { secret: "short" }],
  ["no subject", { subject: "" }],
  ["a line break in the subject", { subject: "a\nb" }],
  ["more than a day", { minutes: 1441 }],
  ["no time at all", { minutes: 0 }],
  ["a time that is no number", { minutes: Number.NaN }],
  ["an unknown role", { roles: ["root"] as never }],
])("no token is issued for %s", (_what, wrong) => {
  const { secret: key, ...request } = { secret, subject: "ada", roles: [], minutes: 5, ...wrong };
  expect(() => issueToken(key, request)).toThrow(RangeError);
});
