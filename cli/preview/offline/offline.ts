import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { redact } from "@golive/errors/redact.ts";
import type { World } from "../../core/world.ts";
import type { Observed } from "../step.ts";
import { checkout, commitOf } from "./checkout.ts";
import { compareGraphs } from "./compare.ts";
import type { Graph } from "./graph.ts";

/** Compares the working tree's resources with those of a commit. Neither an engine nor a credential is part of it. */
export async function offline(
  world: World,
  stack: string,
  base: string,
): Promise<{ observed: Observed; about: string }> {
  const { repo } = world.places;
  if (!existsSync(join(repo, `Pulumi.${stack}.yaml`)))
    throw new GoliveError(
      "CONFIG_INVALID",
      `there is no stack "${stack}": Pulumi.${stack}.yaml is missing`,
      "Name a stack that has a file.",
    );
  const commit = await commitOf(world, base);
  const folder = mkdtempSync(join(tmpdir(), "golive-graphs-"));
  try {
    const root = join(folder, "base");
    let graphs: [Graph, Graph] = [{ resources: [] }, { resources: [] }];
    await world.steps([
      {
        title: `Resources at ${base}`,
        run: async () => {
          await checkout(world, commit, root);
          // A stack that the commit does not have yet is all new.
          const known = existsSync(join(root, `Pulumi.${stack}.yaml`));
          graphs = [
            known ? await graph(world, root, stack, join(folder, "base.json"), `at ${base}`) : { resources: [] },
            graphs[1],
          ];
          return known
            ? `${graphs[0].resources.length} of commit ${commit.slice(0, 7)}`
            : `commit ${commit.slice(0, 7)} has no such stack`;
        },
      },
      {
        title: "Resources here",
        run: async () => {
          graphs = [graphs[0], await graph(world, repo, stack, join(folder, "head.json"), "in the working tree")];
          return String(graphs[1].resources.length);
        },
      },
    ]);
    return { observed: compareGraphs(...graphs), about: `${base} (${commit.slice(0, 7)}) → working tree` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function graph(world: World, root: string, stack: string, file: string, where: string): Promise<Graph> {
  const main = fileURLToPath(new URL("./graph-main.ts", import.meta.url));
  const said: string[] = [];
  const ended = await world.spawn(process.execPath, [main, root, stack, file], {
    cwd: root,
    output: (line) => said.push(line),
  });
  const written = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as Partial<Graph> & { error?: string })
    : {};
  if (ended.code === 0 && written.resources) return { resources: written.resources };
  const why = redact(written.error ?? said.slice(-3).join("; "));
  throw new GoliveError(
    "CONFIG_INVALID",
    `the program of stack "${stack}" does not run ${where}: ${why}`,
    "Correct it there, or compare with another commit: --base <ref>.",
  );
}
