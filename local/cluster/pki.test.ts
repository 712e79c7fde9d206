import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { authorityFits, issue, type LeafSpec, lifetimes, makeAuthority, makeSigningKey, stillFits } from "./pki.ts";

const now = new Date("2026-11-25T00:00:00Z");
const later = (days: number) => new Date(now.getTime() + days * 24 * 3600 * 1000);
const spec: LeafSpec = {
  commonName: "kube-apiserver",
  organization: "golive",
  use: ["server"],
  dns: ["kubernetes.default.svc"],
  ip: ["172.30.1.2", "10.96.0.1"],
};

describe("certificates", async () => {
  const ca = await makeAuthority("golive-test", now);
  const leaf = await issue(ca, spec, now);

  test("a leaf carries subject, names and use, and OpenSSL accepts its chain", () => {
    const cert = new X509Certificate(leaf.cert);
    expect(cert.subject).toBe("O=golive\nCN=kube-apiserver");
    expect(cert.subjectAltName).toBe("DNS:kubernetes.default.svc, IP Address:172.30.1.2, IP Address:10.96.0.1");
    expect(cert.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(cert.ca).toBe(false);
    const issuer = new X509Certificate(ca.cert);
    expect(issuer.ca).toBe(true);
    expect(cert.checkIssued(issuer)).toBe(true);
    expect(cert.verify(issuer.publicKey)).toBe(true);
  });

  test("a leaf is kept while it fits and made anew otherwise", async () => {
    const fits = (s: LeafSpec, at: Date, by = ca) => stillFits(leaf, by, s, at);
    expect(await fits(spec, now)).toBe(true);
    expect(await fits(spec, later(lifetimes.leafDays - lifetimes.leafDaysLeft - 1))).toBe(true);
    expect(await fits(spec, later(lifetimes.leafDays - lifetimes.leafDaysLeft + 1)), "too little time left").toBe(
      false,
    );
    expect(await fits(spec, later(-2)), "clock before its validity").toBe(false);
    expect(await fits({ ...spec, ip: ["172.30.2.2", "10.96.0.1"] }, now), "address changed").toBe(false);
    expect(await fits({ ...spec, organization: "system:masters" }, now), "group changed").toBe(false);
    expect(await fits(spec, now, await makeAuthority("golive-test", now)), "other signer").toBe(false);
    const other = await issue(ca, spec, now);
    expect(await stillFits({ cert: leaf.cert, key: other.key }, ca, spec, now), "key of another").toBe(false);
    expect(await stillFits({ cert: leaf.cert.slice(0, 90), key: "" }, ca, spec, now), "file cut short").toBe(false);
  });

  test("a renewed authority keeps its key, so certificates that it signed stay good", async () => {
    const at = later(lifetimes.authorityDays - lifetimes.leafDays + 1);
    expect(authorityFits(ca, now)).toBe(true);
    expect(authorityFits(ca, at)).toBe(false);
    const renewed = await makeAuthority("golive-test", at, ca.key);
    expect(renewed.key).toBe(ca.key);
    expect(authorityFits(renewed, at)).toBe(true);
    expect(new X509Certificate(leaf.cert).verify(new X509Certificate(renewed.cert).publicKey)).toBe(true);
  });

  test("the signing key of service accounts is a pair", async () => {
    const { key, pub } = await makeSigningKey();
    expect(key).toContain("BEGIN PRIVATE KEY");
    expect(pub).toContain("BEGIN PUBLIC KEY");
  });
});
