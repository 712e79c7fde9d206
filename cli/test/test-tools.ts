import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contentHash } from "@golive/infra/content-hash.ts";
import { checkovFolder, checkovVersion } from "@golive/infra/policies/checkov.ts";
import type { Step, World } from "../core/world.ts";

/**
 * What tests use beside the toolchain and Debian's packages. Where one cannot be had, those tests skip and say so: a step here never
 * fails a run.
 */
export function testTools(world: World): Step[] {
  return [
    optional(world, "Scanner for the rendered program", (report) => checkov(world, report)),
    optional(world, "Packages of the runbook site", (report) => sitePackages(world, report)),
  ];
}

function optional(world: World, title: string, make: (report: (line: string) => void) => Promise<string>): Step {
  return {
    title,
    run: async (report) => {
      try {
        return await make(report);
      } catch (error) {
        world.signal.throwIfAborted();
        return `missing, the tests that need it skip (${(error as Error).message})`;
      }
    },
  };
}

/** In an environment of its own, renamed into its place when it is whole. */
async function checkov(world: World, report: (line: string) => void): Promise<string> {
  const folder = checkovFolder(world.places.cache);
  if (existsSync(folder)) return `checkov ${checkovVersion}, in place`;
  const fresh = `${folder}.fresh`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(join(folder, ".."), { recursive: true });
  await run(world, report, "python3", ["-m", "venv", fresh]);
  report(`installing checkov ${checkovVersion}, 291 MB, one to three minutes`);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `checkov==${checkovVersion}`];
  await run(world, report, join(fresh, "bin/python"), pip);
  // Scripts of an environment name its folder; its Python, which runs the module, finds itself.
  await rename(fresh, folder);
  return `checkov ${checkovVersion}`;
}

/** The site's packages are not among the workspaces, so that `golive` itself stays light. */
async function sitePackages(world: World, report: (line: string) => void): Promise<string> {
  const site = join(world.places.repo, "website");
  const wanted = contentHash(await readFile(join(site, "package-lock.json"), "utf8"));
  const stamp = join(site, "node_modules/.golive-stamp");
  if ((await readFile(stamp, "utf8").catch(() => "")) === wanted) return "in place";
  report("npm ci in website/, about a minute");
  await run(world, report, "npm", ["ci", "--no-audit", "--no-fund"], site);
  await writeFile(stamp, wanted);
  return "installed";
}

async function run(
  world: World,
  report: (line: string) => void,
  program: string,
  args: readonly string[],
  cwd = world.places.repo,
): Promise<void> {
  const said: string[] = [];
  const ended = await world.spawn(program, [...args], {
    cwd,
    output: (line) => {
      said.push(line);
      report(line);
    },
  });
  if (ended.code !== 0) throw new Error(`${program} ended with ${ended.code}: ${said.slice(-3).join(" ")}`);
}
