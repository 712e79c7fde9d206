import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import * as sentry from "./index.ts";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly provider: string;
}

const secretMark = "4dabf18193072939515e22adb298388d";

describe("the bindings", () => {
  const registered: Registered[] = [];
  const called: { readonly token: string; readonly inputs: Record<string, unknown> }[] = [];
  beforeAll(async () => {
    await pulumi.runtime.setMocks({
      call: ({ token, inputs }) => {
        called.push({ token, inputs });
        return { id: "77", name: "slack", enabled: true };
      },
      newResource: ({ type, name, inputs, provider = "" }) => {
        registered.push({ type, name, inputs, provider });
        const dsn = { dsn: { public: "https://public@sentry" }, dsnSecret: "https://public:secret@sentry" };
        return { id: `${name}-id`, state: { ...inputs, ...dsn } };
      },
    });
  });

  test("a provider's token is a secret, though it was given in clear", async () => {
    const provider = new sentry.Provider("main", { baseUrl: "https://de.sentry.io/api/", token: "clear" });
    await settled(provider.urn);
    const { type, inputs } = one("main");
    expect(type).toBe("pulumi:providers:sentry");
    expect(inputs).toMatchObject({ baseUrl: "https://de.sentry.io/api/", token: { [secretMark]: expect.any(String) } });
    expect(await pulumi.isSecret(provider.token)).toBe(true);
  });

  test("a resource goes to the provider it was given, under its token, with its inputs as they are", async () => {
    const provider = new sentry.Provider("explicit", { token: "t" });
    const alert = new sentry.Alert(
      "new-issue",
      {
        organization: "golive",
        monitorIds: ["50"],
        frequencyMinutes: 5,
        triggerConditions: [{ firstSeenEvent: {} }],
        actionFilters: [{ logicType: "all", actions: [{ email: { targetType: "issue_owners" } }] }],
      },
      { provider },
    );
    await settled(alert.urn);
    const { type, inputs, provider: reference } = one("new-issue");
    expect(type).toBe("sentry:index/alert:Alert");
    expect(reference).toContain("pulumi:providers:sentry::explicit");
    expect(inputs).toEqual({
      organization: "golive",
      monitorIds: ["50"],
      frequencyMinutes: 5,
      triggerConditions: [{ firstSeenEvent: {} }],
      actionFilters: [{ logicType: "all", actions: [{ email: { targetType: "issue_owners" } }] }],
    });
  });

  // That they are secret is the engine's work: infra/errors/double/engine.test.ts sees it.
  test("a key's DSNs are filled by the provider", async () => {
    const key = new sentry.Key("gateway", { organization: "golive", project: "backend" });
    expect(await settled(key.dsn)).toEqual({ public: "https://public@sentry" });
    expect(await settled(key.dsnSecret)).toBe("https://public:secret@sentry");
  });

  test("a required input that is missing is named at once", () => {
    const args = { organization: "golive" } as sentry.KeyArgs;
    expect(() => new sentry.Key("broken", args)).toThrow('missing required property "project" of "broken"');
  });

  test.each([
    [
      "getProjectErrorMonitor",
      sentry.getProjectErrorMonitorOutput,
      { organization: "golive", project: "web", first: true },
    ],
    [
      "getProjectIssueStreamMonitor",
      sentry.getProjectIssueStreamMonitorOutput,
      { organization: "golive", project: "web" },
    ],
    [
      "getOrganizationIntegration",
      sentry.getOrganizationIntegrationOutput,
      { organization: "golive", providerKey: "slack", name: "us" },
    ],
    ["getTeam", sentry.getTeamOutput, { organization: "golive", slug: "platform" }],
  ] as const)("%s asks for what it is given", async (name, call, args) => {
    const result = (call as (args: object) => pulumi.Output<{ readonly id: string }>)(args);
    expect(await settled(result.apply(({ id }) => id))).toBe("77");
    expect(called.at(-1)).toMatchObject({ token: `sentry:index/${name}:${name}`, inputs: args });
  });

  function one(name: string): Registered {
    const found = registered.filter((entry) => entry.name === name);
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources are named "${name}"`);
    return found[0];
  }
});

/** An output's value; an error where it never comes. */
function settled<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the output was not known within 5 s")), 5000);
    output.apply((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
