import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { stableJson } from "./content-hash.ts";
import { masked, type SeenResource } from "./testing/mocks.ts";
import { runStack, stacks } from "./testing/stacks.ts";

/** One array a line would be a wall; sorted and indented, a change shows as the lines that change. */
function snapshot(resources: readonly SeenResource[]): string {
  const rows = resources.map(({ type, name, inputs }) => [type, name, JSON.parse(stableJson(masked(inputs)))]);
  rows.sort((a, b) => (`${a[0]} ${a[1]}` < `${b[0]} ${b[1]}` ? -1 : 1));
  return `${JSON.stringify(rows, null, 1)}\n`;
}

for (const stack of stacks)
  test(`the whole ${stack} stack asks for exactly the resources of its snapshot`, async () => {
    const seen = await runStack(stack);
    await expect(snapshot(seen.resources)).toMatchFileSnapshot(`testing/snapshots/${stack}.snap.json`);
  });

test("a stack without AWS never loads its SDK: nobody waits for what he does not use", async () => {
  const script = `
    import { createRequire } from "node:module";
    await import(${JSON.stringify(new URL("program.ts", import.meta.url).href)});
    const { cache } = createRequire(import.meta.url);
    console.log(Object.keys(cache).filter((file) => file.includes("/@pulumi/")).map((file) => file.split("/@pulumi/")[1].split("/")[0]).join("\\n"));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: import.meta.dirname,
    maxBuffer: 2 ** 24,
  });
  const loaded = new Set(stdout.trim().split("\n"));
  expect(loaded).toContain("kubernetes");
  expect(loaded).not.toContain("aws");
});
