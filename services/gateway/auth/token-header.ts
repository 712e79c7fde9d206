import { CredentialRefused } from "./refusals.ts";

/** Tokens with dozens of roles stay under half of this; a longer one is refused before anything of it is read. */
const maxTokenLength = 8 * 1024;
/** Key ids are hashes, UUIDs or short URLs. */
const maxKeyIdLength = 256;

const threeSegments = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const printable = /^[\x21-\x7e]+$/;

/**
 * Header parameters that bring a key along, point to one, or change what is signed (RFC 7515 §4.1, RFC 7797). A verifier with
 * its own keys needs none of them, and whoever sends one hopes that it is believed.
 */
const refusedParameters = ["crit", "b64", "jwk", "jku", "x5c", "x5u"] as const;

/** Access tokens of RFC 9068, plain JWTs, and issuers that say nothing; logout, proof and event tokens are for something else. */
const acceptedTypes = new Set(["jwt", "at+jwt"]);

/** What is safe to know of a token before its signature is checked. @throws CredentialRefused */
export function readHeader(token: string): { readonly alg: string } {
  if (token.length > maxTokenLength) throw new CredentialRefused("too-large");
  if (!threeSegments.test(token)) throw new CredentialRefused("malformed");
  const segments = token.split(".");
  // Lenient decoders give the same bytes for several spellings: one token would have many texts.
  if (!segments.every(isCanonical)) throw new CredentialRefused("malformed");
  const header = parsedObject(segments[0] ?? "");
  if (typeof header.alg !== "string") throw new CredentialRefused("malformed");
  if (refusedParameters.some((name) => Object.hasOwn(header, name))) throw new CredentialRefused("header");
  if (!isAcceptedType(header.typ)) throw new CredentialRefused("type");
  if (!isKeyId(header.kid)) throw new CredentialRefused("key-id");
  return { alg: header.alg };
}

function isCanonical(segment: string): boolean {
  return Buffer.from(segment, "base64url").toString("base64url") === segment;
}

function parsedObject(segment: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, "base64url").toString());
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Refused below; the parser's message would quote the token.
  }
  throw new CredentialRefused("malformed");
}

function isAcceptedType(typ: unknown): boolean {
  if (typ === undefined) return true;
  return typeof typ === "string" && acceptedTypes.has(typ.toLowerCase().replace(/^application\//, ""));
}

/** Ids are only ever compared. One that climbs folders is meant for a verifier that opens files, and is told apart in the logs. */
function isKeyId(kid: unknown): boolean {
  if (kid === undefined) return true;
  return typeof kid === "string" && kid.length <= maxKeyIdLength && printable.test(kid) && !kid.includes("..");
}
