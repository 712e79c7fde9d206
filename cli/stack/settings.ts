import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { parseDocument } from "yaml";
import { type Input, text } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import type { StackConfig } from "./platform-api.ts";

export interface Settings {
  readonly stack: string;
  readonly project: string;
  readonly config: StackConfig;
  readonly target: Target;
  /** The stack's own folder outside the repository: state, passphrase, logs. */
  readonly folder: string;
}

/** Where a stack runs. */
export type Target =
  | { readonly kind: "embedded"; readonly cluster: string; readonly context: string }
  | { readonly kind: "context"; readonly context: string; readonly kubeconfig: string };

/** The stack that a command line means: its argument or flag, $GOLIVE_STACK, or local. */
export function stackName(world: World, input: Input): string {
  const name = text(input, "stack") ?? world.env.GOLIVE_STACK ?? "local";
  if (!/^[a-z0-9][a-z0-9_.-]{0,99}$/i.test(name)) {
    throw new GoliveError(
      "USAGE",
      `"${name}" is not a stack's name`,
      `The stacks are: ${knownStacks(world.places.repo).join(", ")}.`,
    );
  }
  return name;
}

/** The embedded cluster that a command line means: `--name`, the one of the current stack, or golive where that cannot be told. */
export async function clusterName(world: World, input: Input): Promise<string> {
  const given = text(input, "name");
  if (given !== undefined) return given;
  const stack = stackName(world, input);
  const settings = await readSettings(world, stack).catch(() => undefined);
  if (settings?.target.kind !== "context") return settings?.target.cluster ?? "golive";
  throw new GoliveError(
    "USAGE",
    `stack "${stack}" runs on context "${settings.target.context}", which golive neither starts nor stops`,
    "Name an embedded cluster with --name, or another stack with GOLIVE_STACK.",
  );
}

/** Reads and checks a stack's file before anything is touched. */
export async function readSettings(world: World, stack: string): Promise<Settings> {
  const { repo, state } = world.places;
  const file = join(repo, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) {
    throw new GoliveError(
      "CONFIG_INVALID",
      `there is no stack "${stack}": ${file} is missing`,
      `The stacks are: ${knownStacks(repo).join(", ") || "none"}.`,
    );
  }
  const config = (await world.platform()).readConfig(stack, readYaml(file), portOffset(world));
  const project = String((readYaml(join(repo, "Pulumi.yaml")) as { name?: unknown } | null)?.name ?? "golive");
  return { stack, project, config, target: target(world, config), folder: join(state, "stacks", stack) };
}

/** Added to every port on 127.0.0.1, so that a second platform (that of the tests) can be up beside the first. */
function portOffset({ env }: World): number {
  const given = env.GOLIVE_PORT_OFFSET ?? "0";
  if (/^\d{1,5}$/.test(given) && Number(given) <= 40_000) return Number(given);
  throw new GoliveError(
    "USAGE",
    `GOLIVE_PORT_OFFSET is "${given}"`,
    "Set it to a whole number from 0 to 40000, or not at all.",
  );
}

function target(world: World, { embedded, context, kubeconfig }: StackConfig): Target {
  if (embedded) return { kind: "embedded", cluster: context, context };
  return { kind: "context", context, kubeconfig: kubeconfig ?? userKubeconfig(world) };
}

/** The first file of $KUBECONFIG, or kubectl's default. */
function userKubeconfig({ env }: World): string {
  const [first] = (env.KUBECONFIG ?? "").split(":").filter(Boolean);
  return first ?? join(env.HOME ?? "/root", ".kube/config");
}

export function knownStacks(repo: string): string[] {
  return readdirSync(repo)
    .flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
}

function readYaml(file: string): unknown {
  const document = parseDocument(readFileSync(file, "utf8"), { prettyErrors: true });
  const [error] = document.errors;
  if (error) {
    const { line, col } = error.linePos?.[0] ?? { line: 1, col: 1 };
    throw new GoliveError(
      "CONFIG_INVALID",
      `${file}:${line}:${col}: ${error.message.split("\n")[0]?.replace(/ at line.*$/, "")}`,
      "Correct the YAML there, then run the same command again.",
      { cause: error },
    );
  }
  return document.toJS();
}
