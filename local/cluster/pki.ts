import "reflect-metadata"; // @peculiar/x509 injects its parts by decorators
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** ECDSA on P-256: small, quick to make at every start, and accepted by every part of Kubernetes. */
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const usages: KeyUsage[] = ["sign", "verify"];
type KeyUsage = "sign" | "verify";

const day = 24 * 3600 * 1000;

export const lifetimes = {
  /** A cluster on a laptop outlives nobody's patience past this. Its key stays; the certificate is made anew in time. */
  authorityDays: 3650,
  /** Longer than any machine stays up between two starts. */
  leafDays: 1095,
  /** Renew at a start when less is left: a cluster that runs for a year after it must not expire. */
  leafDaysLeft: 400,
  /** Start of validity lies before "now", for clocks that step back after a resume. */
  backdateDays: 1,
} as const;

/** A certificate with its private key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface LeafSpec {
  readonly commonName: string;
  /** Kubernetes reads groups from the organization. */
  readonly organization?: string;
  readonly use: readonly ("server" | "client")[];
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
}

/** An authority's certificate. With `key` it is renewed: same key and name, so what the old one signed stays valid. */
export async function makeAuthority(commonName: string, now: Date, key?: string): Promise<KeyPair> {
  const keys = key ? await keysOf(key) : await newKeys();
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    name: x509Name({ commonName }),
    ...validity(now, lifetimes.authorityDays),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: pem(cert), key: key ?? (await privatePem(keys)) };
}

/** A leaf with a new key, signed by the authority. */
export async function issue(authority: KeyPair, spec: LeafSpec, now: Date): Promise<KeyPair> {
  const keys = await newKeys();
  const issuer = new x509.X509Certificate(authority.cert);
  const cert = await x509.X509CertificateGenerator.create({
    subject: x509Name(spec),
    issuer: issuer.subjectName,
    ...validity(now, lifetimes.leafDays),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: (await keysOf(authority.key)).privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(
        spec.use.map((u) => x509.ExtendedKeyUsage[u === "server" ? "serverAuth" : "clientAuth"]),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(altNames(spec).length > 0 ? [new x509.SubjectAlternativeNameExtension(altNames(spec))] : []),
    ],
  });
  return { cert: pem(cert), key: await privatePem(keys) };
}

/** Whether a pair from an earlier start still serves: right names, right signer, and enough time left on today's clock. */
export async function stillFits(pair: KeyPair, authority: KeyPair, spec: LeafSpec, now: Date): Promise<boolean> {
  try {
    const cert = new x509.X509Certificate(pair.cert);
    const signer = new x509.X509Certificate(authority.cert);
    const alt = cert.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
    return (
      cert.subject === new x509.Name(x509Name(spec)).toString() &&
      same(
        alt.map((n) => `${n.type}:${n.value}`),
        altNames(spec).map((n) => `${n.type}:${n.value}`),
      ) &&
      timeFits(cert, now, lifetimes.leafDaysLeft) &&
      (await holdsKey(cert, pair.key)) && // not so after a power failure between the two files
      (await cert.verify({ publicKey: signer.publicKey, signatureOnly: true }))
    );
  } catch {
    return false; // a file cut short by a power failure is simply made again
  }
}

export function authorityFits(pair: KeyPair, now: Date): boolean {
  try {
    // Every leaf must end before its authority does.
    return timeFits(new x509.X509Certificate(pair.cert), now, lifetimes.leafDays);
  } catch {
    return false;
  }
}

/** Key pair that signs service account tokens. Both PEM; kept for ever, or every token in the cluster dies. */
export async function makeSigningKey(): Promise<{ key: string; pub: string }> {
  const keys = await newKeys();
  const spki = await webcrypto.subtle.exportKey("spki", keys.publicKey);
  return { key: await privatePem(keys), pub: x509.PemConverter.encode(spki, "PUBLIC KEY") };
}

async function holdsKey(cert: x509.X509Certificate, keyPem: string): Promise<boolean> {
  const spki = await webcrypto.subtle.exportKey("spki", (await keysOf(keyPem)).publicKey);
  return Buffer.from(spki).equals(Buffer.from(cert.publicKey.rawData));
}

function timeFits(cert: x509.X509Certificate, now: Date, daysLeft: number): boolean {
  return cert.notBefore <= now && cert.notAfter.getTime() - now.getTime() >= daysLeft * day;
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(now.getTime() - lifetimes.backdateDays * day),
    notAfter: new Date(now.getTime() + days * day),
  };
}

function x509Name(spec: { commonName: string; organization?: string }): x509.JsonName {
  return [...(spec.organization ? [{ O: [spec.organization] }] : []), { CN: [spec.commonName] }];
}

function altNames(spec: LeafSpec): x509.JsonGeneralName[] {
  return [
    ...(spec.dns ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(spec.ip ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((v, i) => v === b[i]);
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, usages)) as webcrypto.CryptoKeyPair;
}

async function keysOf(keyPem: string): Promise<webcrypto.CryptoKeyPair> {
  const der = x509.PemConverter.decodeFirst(keyPem);
  const privateKey = await webcrypto.subtle.importKey("pkcs8", der, algorithm, true, ["sign"]);
  const { d: _, key_ops: __, ...jwk } = await webcrypto.subtle.exportKey("jwk", privateKey);
  return { privateKey, publicKey: await webcrypto.subtle.importKey("jwk", jwk, algorithm, true, ["verify"]) };
}

async function privatePem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY")}\n`;
}

function pem(cert: x509.X509Certificate): string {
  return `${cert.toString("pem")}\n`;
}
