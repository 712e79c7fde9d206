import { readFileSync } from "node:fs";
import { join } from "node:path";
import { workloads } from "@golive/infra/workloads.ts";
import { expect, test } from "vitest";
import { architectureDot, architectureSvg } from "./architecture.ts";

test("the drawing in the repository is the one the tables give; `node docs/architecture.ts` draws it anew", async () => {
  expect(readFileSync(join(import.meta.dirname, "architecture.svg"), "utf8")).toBe(await architectureSvg());
});

test("every workload is drawn", () => {
  const dot = architectureDot();
  for (const name of Object.keys(workloads)) expect(dot).toContain(`"${name}" [label=`);
});
