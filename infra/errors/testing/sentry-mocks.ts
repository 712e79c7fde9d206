import * as pulumi from "@pulumi/pulumi";
import { Seen } from "../../testing/mocks.ts";

/** A look-up as the engine would be asked for it. */
export interface SeenCall {
  readonly token: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly provider: string;
}

/** What Sentry fills in of a resource, by the last part of its type. */
const answers: Readonly<Record<string, (name: string) => Record<string, unknown>>> = {
  Team: () => ({ internalId: "4501" }),
  Key: (name) => ({
    dsn: {
      public: `https://0123456789abcdef0123456789abcdef@o1.ingest.example/${name.includes("backend") ? 41 : 42}`,
      crons: "https://o1.ingest.example/api/41/cron/___MONITOR_SLUG___/0123456789abcdef0123456789abcdef/",
    },
  }),
};

/** `Seen`, for a program that looks things up in Sentry. */
export class SentrySeen extends Seen {
  readonly calls: SeenCall[] = [];

  override async start(stack = "test"): Promise<this> {
    await pulumi.runtime.setMocks(
      {
        call: ({ token, inputs, provider = "" }) => {
          if (!token.startsWith("sentry:")) throw new Error(`the program calls ${token}; no call was expected`);
          this.calls.push({ token, inputs: inputs as Record<string, unknown>, provider });
          const { providerKey, slug, project } = inputs as Record<string, unknown>;
          return { ...inputs, id: `${String(providerKey ?? slug ?? project)}-found`, internalId: "4502" };
        },
        newResource: ({ type, name, inputs, provider = "" }) => {
          const given = inputs as Record<string, unknown>;
          this.resources.push({ type, name, inputs: given, provider });
          return { id: `${name}-id`, state: { ...given, ...answers[type.split(":").at(-1) ?? ""]?.(name) } };
        },
      },
      "golive",
      stack,
      false,
      "organization",
    );
    return this;
  }

  /** The only resource of a type with this logical name. */
  made(type: string, name: string) {
    const found = this.kind(type).filter((one) => one.name === name);
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources are ${type} "${name}"`);
    return found[0];
  }
}
