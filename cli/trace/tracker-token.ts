import type { World } from "../core/world.ts";
import { readSecret } from "../kube/read-secret.ts";
import type { Settings } from "../stack/settings.ts";

/** The token that reads the tracker, out of its Secret. It is on no command line, and is never shown. */
export async function readTrackerToken(
  world: World,
  settings: Settings,
): Promise<{ token: string } | { silent: string }> {
  const namespace = `${settings.config.namespacePrefix}-observability`;
  const answer = await readSecret(world, settings, { namespace, name: "bugsink-access", key: "api-token" });
  if ("silent" in answer) return { silent: `its token in ${answer.silent}` };
  const { value: token } = answer;
  return /^[0-9a-f]{40}$/.test(token) ? { token } : { silent: `${namespace}/bugsink-access has no api-token` };
}
