import { GoliveError } from "@golive/errors/golive-error.ts";
import { clusterName } from "@golive/infra/postgres/cluster-names.ts";
import { exitStatus } from "../core/child.ts";
import { stackFlag, text, verb } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import { kubectlFor } from "../platform/kubectl-command.ts";
import { kubeconfigOf } from "../stack/env.ts";
import { readSettings, type Settings, stackName } from "../stack/settings.ts";

export const psql = verb({
  about: "run psql on the current primary of the stack's database",
  details:
    "Runs psql in the pod that is the primary now, as the database's superuser by its local socket: no password is needed or shown. " +
    "With -c each statement is run and golive ends with psql's own exit status (1: a statement failed); without it psql is a prompt " +
    "on a terminal, and reads standard input elsewhere.",
  flags: {
    stack: stackFlag,
    database: { value: "name", about: "which database (default: app)" },
    command: { short: "c", value: "sql", type: "list", about: "a statement to run; may be given several times" },
  },
  examples: [
    { run: "golive psql -c '\\dt'", about: "the application's tables" },
    { run: "golive psql --stack staging --database postgres", about: "a prompt" },
  ],
  exits: ["CONFIG_INVALID", "CLUSTER_UNREACHABLE", "DATABASE_UNREACHABLE"],
  async run(world, input) {
    const settings = await readSettings(world, stackName(world, input));
    const { namespace, pod } = await primaryOf(world, settings);
    const { file, target } = await kubectlFor(world, settings);
    const statements = (input.command ?? []) as readonly string[];
    const asked = statements.length === 0;
    const exec = ["exec", "--namespace", namespace, pod, "--container", "postgres"];
    const how = asked ? (world.stdinIsTTY ? ["--stdin", "--tty"] : ["--stdin"]) : [];
    const command = psqlCommand(text(input, "database") ?? "app", statements, asked && world.stdinIsTTY);
    const ended = await world.spawn(file, [...target, ...exec, "--quiet", ...how, "--", ...command], {
      output: "inherit",
    });
    return { exit: exitStatus(ended), text: "" };
  },
});

/** psql's words. Where nobody types, the first statement that fails ends it and nothing waits for a key. */
export function psqlCommand(database: string, statements: readonly string[], prompt: boolean): string[] {
  const strict = prompt ? [] : ["--set", "ON_ERROR_STOP=1", "--pset", "pager=off"];
  return [
    "psql",
    "--no-psqlrc",
    "--dbname",
    database,
    ...strict,
    ...statements.flatMap((statement) => ["--command", statement]),
  ];
}

async function primaryOf(world: World, settings: Settings): Promise<{ namespace: string; pod: string }> {
  const kube = await world.kube({
    kubeconfig: await kubeconfigOf(world, settings),
    context: settings.target.context,
  });
  const namespace = `${settings.config.namespacePrefix}-app`;
  const label = `cnpg.io/cluster=${clusterName},cnpg.io/instanceRole=primary`;
  const primary = (await kube.pods({ namespace, label })).find(({ ready }) => ready);
  if (primary) return { namespace, pod: primary.name };
  throw new GoliveError(
    "DATABASE_UNREACHABLE",
    `no primary of the database is ready in ${namespace}`,
    "Run `golive status`, then `golive logs postgres`.",
  );
}
