import { lstatSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { World } from "../../core/world.ts";

/** The commit that a ref means. */
export async function commitOf(world: World, ref: string): Promise<string> {
  const lines: string[] = [];
  // A ref that looks like an option is refused by git itself, behind the marker.
  const args = ["-C", world.places.repo, "rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
  const { code } = await world.spawn("git", args, { output: (line) => lines.push(line) });
  const commit = lines.find((line) => /^[0-9a-f]{40,64}$/.test(line));
  if (code === 0 && commit) return commit;
  throw new GoliveError(
    "USAGE",
    `git knows no commit "${ref}"`,
    "Fetch it first (`git fetch origin main`), or name another one with --base.",
  );
}

/**
 * The files of a commit in a folder of their own, with packages to run them. `git archive` leaves nothing behind in the
 * repository when a run is killed, which a second worktree would.
 */
export async function checkout(world: World, commit: string, root: string): Promise<void> {
  const { repo } = world.places;
  mkdirSync(root, { recursive: true });
  const archive = `${root}.tar`;
  await must(world, "git", ["-C", repo, "archive", "--format=tar", "-o", archive, commit]);
  await must(world, "tar", ["-xf", archive, "-C", root]);
  rmSync(archive);
  for (const folder of [".", "infra", "errors", "local", "sdks/sentry", "services/gateway", "services/backup"])
    linkPackages(repo, root, folder);
}

async function must(world: World, file: string, args: readonly string[]): Promise<void> {
  const said: string[] = [];
  const { code } = await world.spawn(file, args, { output: (line) => said.push(line) });
  if (code !== 0)
    throw new GoliveError(
      "INTERNAL",
      `${file} ended with ${code}: ${said.slice(-2).join("; ")}`,
      "Run the same command with --debug.",
    );
}

/** The installed packages; those of this repository are the checkout's own, or the base would run the head's code. */
function linkPackages(repo: string, root: string, folder: string): void {
  const from = join(repo, folder, "node_modules");
  for (const name of namesIn(from)) {
    const scoped = name.startsWith("@") ? namesIn(join(from, name)).map((inner) => join(name, inner)) : [name];
    for (const one of scoped) {
      const place = join(root, folder, "node_modules", one);
      mkdirSync(dirname(place), { recursive: true });
      const real = realpathSync(join(from, one));
      const inside = relative(realpathSync(repo), real);
      const own =
        lstatSync(join(from, one)).isSymbolicLink() && !inside.startsWith("..") && !inside.includes("node_modules");
      symlinkSync(own ? join(root, inside) : real, place);
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith("."));
  } catch {
    return [];
  }
}
