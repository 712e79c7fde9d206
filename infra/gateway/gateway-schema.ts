import { z } from "zod";
import { cidrs, cidrsAllowed, cores, dnsLabel, key, size, whole, yesNo } from "../config/kinds.ts";

/** Where the pods of an upstream are, for the network policy: nothing that is not said is reachable. */
const peer = z.union([
  z.strictObject({
    namespace: key(dnsLabel(63), "the name of a namespace", "namespace of the upstream's pods"),
    labels: key(
      z.record(z.string().min(1), z.string().min(1)).refine((labels) => Object.keys(labels).length > 0),
      'labels like {"app": "shop"}, one at least',
      "labels of those pods",
    ),
    port: whole(1, 65_535, "port of the pods, behind their Service"),
  }),
  z.strictObject({
    cidrs: key(cidrs, cidrsAllowed, "addresses of an upstream outside the cluster"),
    port: whole(1, 65_535, "its port"),
  }),
]);

/** What the gateway itself checks stands in its own table; here is only what the network has to know. */
const upstream = z.looseObject({
  name: key(z.string(), "lower case letters, digits and hyphens", "name of the upstream in metrics, logs and errors"),
  target: key(z.string(), "an address like http://shop.shop:80", "where requests go"),
  peer: key(peer, "{namespace, labels, port} or {cidrs, port}", "what the network policy opens for it"),
});

export type UpstreamConfig = z.output<typeof upstream>;

/** `golive:gateway`. */
export const gateway = z.strictObject({
  replicas: whole(2, 50, "gateway pods; two at least, so that a rollout or a drain never stops the service"),
  cpu: cores("processor share requested for each pod").default("100m"),
  memory: size("memory of each pod: request and limit").default("256Mi"),
  trustedHops: whole(
    0,
    10,
    "proxies of yours in front whose X-Forwarded-* are believed; one too many lets clients choose their address",
  ).default(0),
  corsOrigins: key(
    z.array(z.string()),
    'a list of origins like ["https://app.example.org"]',
    "whose pages may call the API with credentials",
  ).default([]),
  rateLimits: key(
    z.record(z.string(), z.record(z.string(), z.json())),
    'changes like {"read": {"points": 900}, "write": {"mode": "dry-run"}}',
    "changes to the gateway's rate limits",
  ).default({}),
  auth: z
    .strictObject({
      jwksUrl: key(
        z.string(),
        "an https address",
        "public keys of an identity provider; without it tokens are signed by a secret of the stack, see golive token",
      ).optional(),
      issuer: key(z.string(), "text", "`iss` of accepted tokens").optional(),
      audience: key(z.string(), "text", "`aud` of accepted tokens").optional(),
      rolesClaim: key(z.string(), "a claim like realm_access.roles", "claim that holds the roles").default("roles"),
      sessionCookie: yesNo("take tokens from a cookie too, with a CSRF token").default(false),
      cidrs: key(cidrs, cidrsAllowed, "where the identity provider is; without it every public address").optional(),
    })
    .prefault({}),
  exampleData: yesNo("add example users, projects, pipelines and runs at start; refused where protect is true").default(
    false,
  ),
  upstreams: key(
    z.array(upstream),
    "a list of services, see services/gateway/README.md",
    "services behind the gateway",
  ).default([]),
});

export type GatewayConfig = z.output<typeof gateway>;
