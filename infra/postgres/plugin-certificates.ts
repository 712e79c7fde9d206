import { certificate, type Issuer, keyOf, keyPem } from "./certificate.ts";

/** What a TLS Secret holds. */
export interface TlsPair {
  /** The certificate and, behind it, its authority: both ends trust what stands in the other's file. */
  readonly "tls.crt": string;
  readonly "tls.key": string;
}

const day = 86_400_000;
/** Each `golive up` in a new quarter brings new certificates. */
const rotationDays = 90;
/**
 * They are good for ten years all the same: who runs no `up` for a quarter must not find, on the day a database pod
 * has to be made anew, that the operator and its plugin no longer talk to each other.
 */
const lifeDays = 3650;

/**
 * The pairs with which the operator and the plugin know each other: mutual TLS, one authority, all made from `secret`.
 * The authority is the same in every quarter, so that the moment in which one end has its new certificate and the other
 * does not have its own yet is no break. Its key is in no Secret of the cluster.
 */
export function pluginCertificates(
  secret: string,
  serverName: string,
  now: Date,
): { readonly server: TlsPair; readonly client: TlsPair } {
  const quarter = Math.floor(now.getTime() / (rotationDays * day));
  const begin = quarter * rotationDays * day;
  // A day back: clocks of other machines may be behind.
  const life = { notBefore: new Date(begin - day), notAfter: new Date(begin + lifeDays * day) };
  const authority: Issuer = { commonName: "golive postgres plugin authority", key: keyOf(`${secret}/authority`) };
  const authorityCertificate = certificate(
    authority.key,
    {
      commonName: authority.commonName,
      // "No end" in the words of RFC 5280: it ends with the seed that it is made from.
      notBefore: new Date("2025-01-01T00:00:00Z"),
      notAfter: new Date("9999-12-31T23:59:59Z"),
      use: { kind: "authority" },
    },
    authority,
  );
  const pair = (kind: "server" | "client", commonName: string): TlsPair => {
    const key = keyOf(`${secret}/${kind}/${quarter}`);
    const use = kind === "server" ? ({ kind, dnsName: serverName } as const) : ({ kind } as const);
    const own = certificate(key, { commonName, ...life, use }, authority);
    return { "tls.crt": own + authorityCertificate, "tls.key": keyPem(key) };
  };
  return { server: pair("server", serverName), client: pair("client", `${serverName}-client`) };
}
