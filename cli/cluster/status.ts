import { codes } from "@golive/errors/codes.ts";
import { elapsed } from "../core/elapsed.ts";
import type { ClusterFacts } from "../core/local-api.ts";
import { table } from "../core/table.ts";
import { nameFlag, verb } from "../core/verb.ts";
import { clusterName } from "../stack/settings.ts";

export const status = verb({
  about: "show the embedded cluster's components",
  details: "Shows what of the embedded Kubernetes runs, with pids. It only looks.",
  json: true,
  flags: { name: nameFlag },
  examples: [{ run: "golive cluster status --json", about: "everything that is known, for a program" }],
  exits: ["UNHEALTHY"],
  async run(world, input) {
    const name = await clusterName(world, input);
    const facts = await (await world.cluster()).clusterStatus({ name });
    return {
      exit: isWell(facts) ? 0 : codes.UNHEALTHY.exit,
      json: facts,
      text: clusterText(facts),
    };
  },
});

export const notReady = ({ components }: ClusterFacts): string[] =>
  Object.entries(components).flatMap(([name, it]) => (it.state === "ready" ? [] : [name]));

export const isWell = (facts: ClusterFacts) => facts.phase === "running" && notReady(facts).length === 0;

function clusterText({ name, phase, components, uptimeSeconds }: ClusterFacts): string {
  const rows = Object.entries(components).map(([component, { state, pid, rssBytes, restarts }]) => [
    state === "ready" ? "ok" : "DOWN",
    component,
    state,
    pid === undefined ? "" : `pid ${pid}`,
    rssBytes === undefined ? "" : `${Math.round(rssBytes / 1024 ** 2)} MiB`,
    restarts > 0 ? `${restarts} restarts` : "",
  ]);
  const since = uptimeSeconds === undefined ? "" : `, for ${elapsed(uptimeSeconds * 1000)}`;
  return [`cluster ${name}: ${phase}${since}`, ...(rows.length > 0 ? [table(rows, "  ")] : [])].join("\n");
}
