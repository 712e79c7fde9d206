import * as pulumi from "@pulumi/pulumi";
import { isSecret } from "../policies/secret-mark.ts";

/** A resource as the engine would be asked for it. */
export interface SeenResource {
  readonly type: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: inputs of every kind pass here; the tests look into them by hand
  readonly inputs: Record<string, any>;
  /** Reference of the provider; empty for components, and for what would go to a default one. */
  readonly provider: string;
}

export const testSeed = "test-seed-0123456789-0123456789-0123456789";

/** One set of mocks for every test: outputs are the inputs, every resource asked for is kept. */
export class Seen {
  readonly resources: SeenResource[] = [];
  /** By type and name: whether the engine would refuse to delete it, and whether it stays when the stack forgets it. */
  readonly kept = new Map<string, { readonly protect: boolean; readonly retain: boolean }>();

  /** Sets the mocks of this worker; the program is imported by then or later, its resources are made after. */
  async start(stack = "test"): Promise<this> {
    await pulumi.runtime.setMocks(
      {
        call: ({ token }) => {
          throw new Error(`the program calls ${token}; no call was expected`);
        },
        newResource: ({ type, name, inputs, provider = "" }) => {
          this.resources.push({ type, name, inputs: inputs as Record<string, unknown>, provider });
          return { id: `${name}-id`, state: inputs as Record<string, unknown> };
        },
      },
      "golive",
      stack,
      false,
      "organization",
    );
    return this;
  }

  /** Runs a program and waits until everything it asked for is registered. */
  async run<T>(program: () => T | Promise<T>): Promise<T> {
    let result: T | undefined;
    await pulumi.runtime.runInPulumiStack(async () => {
      pulumi.runtime.registerStackTransformation(({ type, name, opts }) => {
        this.kept.set(`${type} ${name}`, { protect: opts.protect === true, retain: opts.retainOnDelete === true });
        return undefined;
      });
      result = await program();
      return {};
    });
    await pulumi.runtime.disconnect();
    return result as T;
  }

  /** Of a Kubernetes kind, like `Deployment`. */
  kind(kind: string): SeenResource[] {
    return this.resources.filter(({ type }) => type.split(":").at(-1) === kind);
  }

  /** The only one of a kind with this metadata.name. */
  one(kind: string, metadataName: string): SeenResource {
    const found = this.kind(kind).filter(({ inputs }) => inputs.metadata?.name === metadataName);
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources are ${kind} "${metadataName}"`);
    return found[0];
  }
}

/** The value with every secret replaced, so that snapshots hold none. */
export function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (value === null || typeof value !== "object") return value;
  if (isSecret(value)) return "[secret]";
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner)]));
}

/** The value with secrets opened, for tests that look at what pods get. */
export function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (value === null || typeof value !== "object") return value;
  if (isSecret(value)) return opened((value as { value?: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, opened(inner)]));
}
