import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { redact } from "@golive/errors/redact.ts";
import { secretMark } from "@golive/infra/policies/secret-mark.ts";
import { parse, stringify } from "yaml";
import type { World } from "../core/world.ts";
import type { OpenStack, Program } from "../stack/engine.ts";
import { seedKey } from "../stack/secrets.ts";
import { pulumiEnv } from "../stack/session.ts";
import type { Settings } from "../stack/settings.ts";
import { prepareWorkDir } from "../stack/workdir.ts";
import { type FromSecrets, fromSecrets, ignoring } from "./from-secrets.ts";
import { fromEvents } from "./observe.ts";
import type { Step } from "./step.ts";

export interface StateCopy {
  readonly program: Program;
  /** The document of `pulumi stack export`, its secrets replaced: see ci/sanitise-state.ts. */
  readonly state: string;
  /** Holds the stack while it is looked at; the caller throws it away. */
  readonly folder: string;
  /** File that this run reaches the cluster with. */
  readonly kubeconfig: string;
}

/** What comes from secrets counts as it is in the copy, whatever the program makes of it. */
export type OpenCopy = Pick<OpenStack, "preview">;

/**
 * Opens a stack that is made of a copy: its backend, its key and its secrets are of this run alone. Neither the real state nor the
 * key that opens it is needed, so a pull request may have it.
 *
 * Secrets cannot be compared this way. Left to itself the engine would find every one of them changed, and replace what hangs on
 * them. So it first looks at the program twice, with stand-ins that differ: what differs then comes from secrets.
 */
export async function openCopy(
  world: World,
  settings: Settings,
  { program, state, folder, kubeconfig }: StateCopy,
): Promise<OpenCopy> {
  const exported = withKubeconfig(readState(state), readFileSync(kubeconfig, "utf8"));
  const toolchain = await world.toolchain();
  const pulumi = toolchain.toolPath("pulumi");
  const folders = [...new Set([pulumi, toolchain.toolPath("pulumi-resource-kubernetes")].map((path) => dirname(path)))];
  const { PULUMI_CONFIG_PASSPHRASE_FILE: _, ...env } = pulumiEnv(world, settings, folders);
  const workDir = join(folder, "work");
  mkdirSync(join(folder, "state"));
  prepareWorkDir(workDir, world.places.repo, settings.stack, []);
  const secrets = withoutSecrets(join(workDir, `Pulumi.${settings.stack}.yaml`));
  let ignored: FromSecrets = new Map();
  const stack = await (await world.engine()).open({
    stack: settings.stack,
    project: settings.project,
    workDir,
    env: {
      ...env,
      PULUMI_BACKEND_URL: pathToFileURL(join(folder, "state")).href,
      PULUMI_CONFIG_PASSPHRASE: randomBytes(24).toString("hex"),
    },
    pulumi,
    program: ignoring(program, () => ignored),
    log: () => undefined,
    onChild: () => undefined,
  });
  const keys = [...new Set([...secrets, seedKey])];
  const setAll = async (letter: string) => {
    for (const key of keys) await stack.setSecret(key, standIn(key, letter));
  };
  await setAll("x");
  await stack.importState(underKey(exported, saltOf(join(workDir, `Pulumi.${settings.stack}.yaml`))));
  return {
    async preview(report, run = {}) {
      const looks: Step[][] = [];
      for (const letter of ["y", "x"]) {
        report("asking the program what comes from secrets");
        await setAll(letter);
        const looked = await stack.preview(() => undefined);
        if (looked.failure) return looked;
        looks.push([...fromEvents(looked.events).steps]);
      }
      ignored = fromSecrets(looks[0] ?? [], looks[1] ?? []);
      return { ...(await stack.preview(report, run)), notCompared: ignored.size };
    },
  };
}

type Tree = Readonly<Record<string, unknown>>;

/**
 * The same state, its Kubernetes provider reaching the cluster as this run does. Under a stand-in it would be another cluster to the
 * engine, and everything in it would be made anew.
 */
export function withKubeconfig(exported: unknown, kubeconfig: string): Tree {
  const { deployment, ...rest } = exported as { deployment?: Tree };
  const resources = (deployment?.["resources"] ?? []) as readonly Tree[];
  const secret = { ...secretMark(), ciphertext: undefined, plaintext: JSON.stringify(kubeconfig) };
  const reached = (side: unknown) => ({ ...(side as Tree | undefined), kubeconfig: secret });
  const all = resources.map((one) =>
    one["type"] === "pulumi:providers:kubernetes"
      ? { ...one, inputs: reached(one["inputs"]), outputs: reached(one["outputs"]) }
      : one,
  );
  return { ...rest, deployment: { ...deployment, resources: all } };
}

/** The same state, to be read with the passphrase that has this salt: its stand-ins are secrets, and the engine wants a key for them. */
export function underKey(exported: unknown, salt: string): unknown {
  const { deployment, ...rest } = exported as { deployment?: object };
  return { ...rest, deployment: { ...deployment, secrets_providers: { type: "passphrase", state: { salt } } } };
}

/** The engine writes it into the stack's file with the first secret. */
const saltOf = (path: string): string =>
  String((parse(readFileSync(path, "utf8")) as { encryptionsalt?: unknown }).encryptionsalt ?? "");

/** Takes the encrypted values out of a stack's file, and the key that they are encrypted with. Returns their names. */
function withoutSecrets(path: string): string[] {
  const {
    secretsprovider: _,
    encryptedkey: __,
    encryptionsalt: ___,
    ...document
  } = parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  const config = (document["config"] ?? {}) as Record<string, unknown>;
  const isSecret = (value: unknown) => typeof value === "object" && value !== null && "secure" in value;
  const secrets = Object.keys(config).filter((key) => isSecret(config[key]));
  const rest = Object.fromEntries(Object.entries(config).filter(([key]) => !secrets.includes(key)));
  writeFileSync(path, stringify({ ...document, config: rest }), { mode: 0o600 });
  return secrets;
}

/** Of the form that the program asks for; nothing is reached under these addresses. */
const standIn = (key: string, letter: string) =>
  /(dsn|url)$/i.test(key) ? `https://stand-in-${letter}@preview.invalid/1` : "stand-in-".padEnd(43, letter);

function readState(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as unknown;
  } catch (cause) {
    const why = redact(cause instanceof Error ? cause.message : String(cause));
    throw new GoliveError(
      "USAGE",
      `${path} is no export of a stack: ${why}`,
      "Make one with `pulumi stack export` and ci/sanitise-state.ts.",
      { cause },
    );
  }
}
