import { expect, test } from "vitest";
import { readConfig } from "../../services/gateway/config.ts";
import { parsePlatformConfig } from "../config.ts";
import { circumstances } from "../network/circumstances.ts";
import { edgesWhen } from "../network/edges.ts";
import { upstreamPolicies } from "../network/policies.ts";
import { stackConfig } from "../testing/stacks.ts";
import { gateway } from "./gateway-schema.ts";
import { gatewaySettings, hasOwnSecret } from "./gateway-settings.ts";

const parsed = (changes: Record<string, unknown>) => gateway.parse({ replicas: 2, ...changes });
const provider = { jwksUrl: "https://login.example/keys", issuer: "https://login.example", audience: "golive" };
const shop = {
  name: "shop",
  prefix: "/shop",
  target: "http://shop.shop:80",
  access: "viewer",
  peer: { namespace: "shop", labels: { app: "shop" }, port: 8080 },
};

test("what people configure is what the gateway reads, and it takes it", () => {
  const settings = gatewaySettings(
    parsed({
      trustedHops: 1,
      corsOrigins: ["https://app.example"],
      rateLimits: { read: { points: 900 } },
      upstreams: [shop],
      auth: { sessionCookie: true },
    }),
  );
  const config = readConfig(settings);
  expect(config).toMatchObject({ trustedHops: 1, exampleData: false, auth: { sessionCookie: true } });
  expect([...config.browser.origins]).toEqual(["https://app.example"]);
  expect(config.limits.policies.read.points).toBe(900);
  expect(config.proxy.upstreams).toMatchObject([{ name: "shop", prefix: "/shop", access: "viewer" }]);
  // The network's business, which the gateway would refuse.
  expect(settings.UPSTREAMS).not.toContain("peer");
});

test("a stack signs its own tokens, unless a provider does and no cookie needs a CSRF token", () => {
  expect(hasOwnSecret(parsed({}))).toBe(true);
  expect(hasOwnSecret(parsed({ auth: provider }))).toBe(false);
  expect(hasOwnSecret(parsed({ auth: { ...provider, sessionCookie: true } }))).toBe(true);
  expect(gatewaySettings(parsed({ auth: provider }))).not.toHaveProperty("AUTH_SECRET_FILE");
});

test("an upstream is reachable at the pods and the port that are named, and nowhere else", () => {
  expect(upstreamPolicies([])).toEqual([]);
  const outside = { ...shop, name: "far", peer: { cidrs: ["192.0.2.0/24"], port: 443 } };
  const [policy] = upstreamPolicies(parsed({ upstreams: [shop, outside] }).upstreams);
  expect(policy?.spec).toMatchObject({
    policyTypes: ["Egress"],
    egress: [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } },
            podSelector: { matchLabels: { app: "shop" } },
          },
        ],
        ports: [{ port: 8080, protocol: "TCP" }],
      },
      { to: [{ ipBlock: { cidr: "192.0.2.0/24" } }], ports: [{ port: 443, protocol: "TCP" }] },
    ],
  });
  expect(() => parsed({ upstreams: [{ ...shop, peer: { namespace: "shop", labels: {}, port: 8080 } }] })).toThrow();
  expect(() => parsed({ upstreams: [{ ...shop, peer: undefined }] })).toThrow();
});

test("the gateway gets out to an identity provider, and Alertmanager to people, only where there are any", () => {
  const config = parsePlatformConfig(stackConfig("local"));
  const reaches = (circumstance: ReturnType<typeof circumstances>, from: string) =>
    edgesWhen(circumstance)
      .filter((edge) => edge.from === from)
      .map(({ to }) => to);
  expect(reaches(circumstances(config, {}, false), "gateway")).not.toContain("identity");
  expect(reaches(circumstances(config, {}, false), "alertmanager")).not.toContain("channels");
  const withProvider = { ...config, gateway: { ...config.gateway, auth: { ...config.gateway.auth, ...provider } } };
  expect(reaches(circumstances(withProvider, {}, true), "gateway")).toContain("identity");
  expect(reaches(circumstances(withProvider, {}, true), "alertmanager")).toContain("channels");
});
