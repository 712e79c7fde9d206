import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

// Made with node:crypto and not with the library that verifies: two implementations have to agree.

export type PublicAlgorithm = "RS256" | "PS256" | "ES256" | "EdDSA";

export const publicAlgorithms: readonly PublicAlgorithm[] = ["RS256", "PS256", "ES256", "EdDSA"];

/** A key pair of each kind. PS256 has one of its own, as a set's entry is for one algorithm. */
export interface TestKeys {
  readonly private: Readonly<Record<PublicAlgorithm, KeyObject>>;
  readonly public: Readonly<Record<PublicAlgorithm, KeyObject>>;
  /** As a JWKS lists them; the id of each key is its algorithm in lower case. */
  readonly jwks: readonly Readonly<Record<string, unknown>>[];
}

export function makeTestKeys(): TestKeys {
  const pairs = {
    RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
    PS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
    ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
    EdDSA: generateKeyPairSync("ed25519"),
  };
  const each = <Value>(of: (alg: PublicAlgorithm) => Value) =>
    Object.fromEntries(publicAlgorithms.map((alg) => [alg, of(alg)])) as Record<PublicAlgorithm, Value>;
  return {
    private: each((alg) => pairs[alg].privateKey),
    public: each((alg) => pairs[alg].publicKey),
    jwks: publicAlgorithms.map((alg) => jwk(pairs[alg].publicKey, alg.toLowerCase(), alg)),
  };
}

export function jwk(key: KeyObject, kid: string, alg: string): Record<string, unknown> {
  return { ...key.export({ format: "jwk" }), kid, alg, use: "sig" };
}

/** How a text is signed. */
export type Signer = (text: string) => Buffer;

export const hs256 =
  (secret: string | Uint8Array): Signer =>
  (text) =>
    createHmac("sha256", secret).update(text).digest();

export function signerOf(alg: PublicAlgorithm, key: KeyObject): Signer {
  return (text) => {
    const bytes = Buffer.from(text);
    if (alg === "EdDSA") return sign(null, bytes, key);
    if (alg === "ES256") return sign("sha256", bytes, { key, dsaEncoding: "ieee-p1363" });
    if (alg === "RS256") return sign("sha256", bytes, key);
    return sign("sha256", bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  };
}

/** Header and payload: objects, or JSON as text where an object cannot say it. */
export function token(header: object | string, payload: object | string, signer: Signer): string {
  const text = [header, payload].map(segment).join(".");
  return `${text}.${signer(text).toString("base64url")}`;
}

export function segment(content: object | string): string {
  return Buffer.from(typeof content === "string" ? content : JSON.stringify(content)).toString("base64url");
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** As the platform's own tokens have them. */
export function claims(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const now = nowSeconds();
  const usual = { iss: "golive", aud: "golive-gateway", sub: "user-1", iat: now, exp: now + 300, jti: "session-1" };
  return { ...usual, roles: ["operator"], ...changes };
}
