import type { World } from "../../core/world.ts";
import { readPage } from "../page.ts";
import { type Steps, withSteps } from "../steps.ts";
import { fence, front } from "./page-text.ts";

/** Steps of a page that has these commands. */
export async function readSteps<T>(
  world: World,
  commands: readonly string[],
  work: (steps: Steps) => Promise<T>,
): Promise<T> {
  const page = readPage("s.md", front({ slug: "/s" }) + commands.map((command) => fence(command, "sh")).join(""));
  return await withSteps(world, "local", page, work);
}
