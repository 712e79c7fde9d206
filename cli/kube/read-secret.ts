import { oneLine } from "../core/one-line.ts";
import type { World } from "../core/world.ts";
import { kubectlFor } from "../platform/kubectl-command.ts";
import type { Settings } from "../stack/settings.ts";

export interface SecretPlace {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

/** The value, or why there is none: one line that begins with the name of the Secret. */
export type SecretAnswer = { readonly value: string } | { readonly silent: string };

/** One key of a Secret. Its value is on no command line and in no log; what becomes of it is the caller's to answer for. */
export async function readSecret(world: World, settings: Settings, place: SecretPlace): Promise<SecretAnswer> {
  const said = { stdout: "", stderr: "" };
  const shown = `${place.namespace}/${place.name}`;
  try {
    const { file, target } = await kubectlFor(world, settings);
    const jsonpath = `jsonpath={.data.${place.key.replaceAll(".", "\\.")}}`;
    const what = ["get", "secret", place.name, "--namespace", place.namespace, "--output", jsonpath];
    const ended = await world.spawn(file, [...target, ...what], {
      output: (line, stream) => {
        said[stream] += line;
      },
    });
    if (ended.code !== 0) return { silent: `${shown} cannot be read: ${oneLine(said.stderr)}` };
  } catch (error) {
    world.signal.throwIfAborted();
    return { silent: `${shown} cannot be read: ${oneLine((error as Error).message)}` };
  }
  const value = Buffer.from(said.stdout, "base64").toString("utf8");
  return value === "" ? { silent: `${shown} has no ${place.key}` } : { value };
}
