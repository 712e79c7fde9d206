import type { PolicyHook } from "../preview/step.ts";
import type { Program } from "./engine.ts";

/** What the CLI reads of a stack's configuration; the rest of it is the program's own business. */
export interface StackConfig {
  /** Namespaces are <prefix>-app, -storage, -observability. */
  readonly namespacePrefix: string;
  /** True: a cluster that golive starts itself, named like its context. */
  readonly embedded: boolean;
  readonly context: string;
  /** File that holds the context; absent: $KUBECONFIG or ~/.kube/config. */
  readonly kubeconfig: string | undefined;
  /** Images by digest; absent: built here. */
  readonly images: Readonly<Record<string, string>> | undefined;
  /** What each service answers on, for people and for the health check. */
  readonly endpoints: readonly Endpoint[];
  /** The parsed configuration, handed back to the program as it is. */
  readonly parsed: unknown;
}

export interface Endpoint {
  /** Short name for programs: `gateway`. */
  readonly name: string;
  readonly what: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** The node port behind it. */
  readonly node: number;
  /** Answers 200 when the service works. */
  readonly health: string;
  /** What people open. */
  readonly page: string;
}

export interface PlatformInputs {
  readonly config: StackConfig;
  /** Path. */
  readonly kubeconfig: string;
  readonly context: string;
  readonly images: Readonly<Record<string, string>>;
  /** Path of CloudNativePG's own manifest. */
  readonly operatorManifest: string;
}

/** The Pulumi program in infra/, seen from the CLI. */
export interface PlatformApi {
  /** Throws CONFIG_INVALID with every fault at once. */
  readConfig(stack: string, document: unknown, portOffset: number): StackConfig;
  program(inputs: PlatformInputs): Program;
  /** What a reviewer would say about a whole plan. */
  policies(inputs: Pick<PlatformInputs, "config" | "images">): Promise<PolicyHook>;
}
