import type { World } from "../core/world.ts";
import { kubectlFor } from "../platform/kubectl-command.ts";
import type { Settings } from "../stack/settings.ts";
import { oneLine } from "./spans.ts";

/** The token that reads the tracker, out of its Secret. It is on no command line, and is never shown. */
export async function readTrackerToken(
  world: World,
  settings: Settings,
): Promise<{ token: string } | { silent: string }> {
  const said = { stdout: "", stderr: "" };
  const secret = `${settings.config.namespacePrefix}-observability/bugsink-access`;
  const [namespace = "", name = ""] = secret.split("/");
  try {
    const { file, target } = await kubectlFor(world, settings);
    const what = ["get", "secret", name, "--namespace", namespace, "--output", "jsonpath={.data.api-token}"];
    const ended = await world.spawn(file, [...target, ...what], {
      output: (line, stream) => {
        said[stream] += line;
      },
    });
    if (ended.code !== 0) return { silent: `its token in ${secret} cannot be read: ${oneLine(said.stderr)}` };
  } catch (error) {
    world.signal.throwIfAborted();
    return { silent: oneLine((error as Error).message) };
  }
  const token = Buffer.from(said.stdout, "base64").toString("utf8");
  return /^[0-9a-f]{40}$/.test(token) ? { token } : { silent: `${secret} has no api-token` };
}
