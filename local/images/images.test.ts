import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repoRoot } from "./archives.ts";
import { type Input, type imageNames, recipes } from "./images.ts";

/** Where an input lies in the build context. */
const place = (input: Input) => ("repo" in input ? input.repo : input.to);

function instructions(dockerfile: string): string[][] {
  const text = readFileSync(join(repoRoot, dockerfile), "utf8")
    .replace(/^\s*#.*\n/gm, "")
    .replace(/\\\n/g, " ");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => line.trim().split(/\s+/));
}

/** Sources of COPY and ADD that come from the build context. */
function copied(dockerfile: string): string[] {
  return instructions(dockerfile)
    .filter(([verb]) => verb === "COPY" || verb === "ADD")
    .filter((words) => !words.some((word) => word.startsWith("--from")))
    .flatMap((words) => words.slice(1, -1).filter((word) => !word.startsWith("--")))
    .map((source) => source.replace(/\/$/, ""));
}

describe.each(Object.entries(recipes))("image %s", (name, recipe) => {
  test("ends as its numeric, non-root user", () => {
    const users = instructions(recipe.dockerfile).filter(([verb]) => verb === "USER");
    expect(recipe.user).toBeGreaterThan(0);
    expect(users.at(-1)).toEqual(["USER", `${recipe.user}:${recipe.user}`]);
  });

  test("copies nothing that is not among its inputs, and every input is copied", () => {
    const given = recipe.inputs.map(place);
    const used = copied(recipe.dockerfile);
    for (const source of used) {
      const named = given.some((path) => path === source || path.startsWith(`${source}/`));
      const inside = given.some((path) => source.startsWith(`${path}/`)) && statSync(join(repoRoot, source)).size >= 0;
      expect(named || inside, `${source} of ${name}`).toBe(true);
    }
    for (const path of given)
      expect(
        used.some((source) => source === path || source.startsWith(`${path}/`) || path.startsWith(`${source}/`)),
        `${path} of ${name}`,
      ).toBe(true);
  });

  test("names no base of its own and declares the arguments it is given", () => {
    const args = instructions(recipe.dockerfile)
      .filter(([verb]) => verb === "ARG")
      .map(([, arg]) => arg?.split("=")[0]);
    if (recipe.base !== "scratch") expect(args).toContain("BASE_IMAGE");
    for (const arg of Object.keys(recipe.stages ?? {})) expect(args).toContain(arg);
    const froms = instructions(recipe.dockerfile).filter(([verb]) => verb === "FROM");
    for (const [, from] of froms) expect(from).toMatch(/^(scratch|\$\{[A-Z_]+\}|[a-z]+)$/);
  });
});

test("only images that fetch see this machine's registries", () => {
  for (const [name, { dockerfile, fetches = [] }] of Object.entries(recipes)) {
    const text = readFileSync(join(repoRoot, dockerfile), "utf8");
    expect(/apt-get/.test(text) && !fetches.includes("debian"), `apt-get in ${name}`).toBe(false);
    expect(/pip install/.test(text) && !fetches.includes("pip"), `pip in ${name}`).toBe(false);
    expect(/npm (ci|install)/.test(text) && !fetches.includes("npm"), `npm in ${name}`).toBe(false);
  }
});

test("a program's image starts the program", () => {
  const entry = (name: (typeof imageNames)[number]) =>
    instructions(recipes[name].dockerfile)
      .findLast(([verb]) => verb === "ENTRYPOINT")
      ?.slice(1)
      .join(" ");
  for (const name of ["versitygw", "jaeger", "prometheus", "alertmanager"] as const)
    expect(entry(name)).toBe(`["/usr/local/bin/${name}"]`);
  expect(entry("coredns")).toBe('["/coredns"]');
  for (const name of ["cnpg-operator", "barman-plugin", "barman-sidecar"] as const)
    expect(entry(name)).toBe('["/manager"]');
  expect(entry("valkey")).toBe('["/usr/bin/valkey-server"]');
});
