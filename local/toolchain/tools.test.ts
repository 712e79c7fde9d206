import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { goNeeded } from "./go.ts";
import { compareVersions } from "./on-path.ts";
import { moduleDir, recipeHash, toolDir } from "./programs.ts";
import { tool, toolNames, toolOf } from "./tools.ts";

const folders = readdirSync(join(import.meta.dirname, "modules"));

test("every tool has its module folder, and every folder its tool", () => {
  expect([...toolNames].sort()).toEqual(folders.sort());
});

test.each(toolNames)("%s is pinned: a go.sum beside the go.mod, no replacement by a path outside it", (name) => {
  const mod = readFileSync(join(moduleDir(name), "go.mod"), "utf8");
  expect(mod).toContain(`module golive/toolchain/${name}\n`);
  expect(existsSync(join(moduleDir(name), "go.sum"))).toBe(true);
  for (const [, target] of mod.matchAll(/^replace .* => (\S+)$/gm)) expect(target).toMatch(/^\.\/(?!\.)/);
});

test.each(toolNames)("%s names main.go exactly when it builds it", (name) => {
  expect(existsSync(join(moduleDir(name), "main.go"))).toBe(tool(name).packages.includes("."));
});

test("no two tools give the same program", () => {
  const programs = toolNames.flatMap((name) => Object.keys(tool(name).programs));
  expect(programs).toEqual([...new Set(programs)]);
  expect(toolOf("etcd")).toBe("kubernetes");
});

// A shared library in two versions is compiled twice: that is minutes of a first `up`.
test("the tools that stand on Kubernetes' client libraries use them in one version", () => {
  const shared = ["kubernetes", "local-path-provisioner", "kube-router", "coredns"] as const;
  const version = (name: string, library: string) => {
    const mod = readFileSync(join(import.meta.dirname, "modules", name, "go.mod"), "utf8");
    return new RegExp(`^(?:replace ${library} => ${library}|\\s*(?:require )?${library}) (v\\S+)`, "m").exec(mod)?.[1];
  };
  for (const library of ["k8s.io/client-go", "k8s.io/api", "k8s.io/apimachinery"])
    expect(shared.map((name) => version(name, library))).toEqual(shared.map(() => "v0.37.2"));
  for (const library of ["golang.org/x/net", "google.golang.org/protobuf", "golang.org/x/text"]) {
    const versions = new Set(shared.map((name) => version(name, library)));
    expect([...versions], library).toHaveLength(1);
  }
});

// The operator stands on an older Kubernetes than the others; its plugin asks for one patch more, and is held back.
test("the database operator and its plugin share every library that both are made of, in one version", () => {
  const versions = (name: string) => {
    const mod = readFileSync(join(import.meta.dirname, "modules", name, "go.mod"), "utf8");
    const replaced = [...mod.matchAll(/^replace (\S+) => (\S+) (v\S+)$/gm)].map(([, from = "", , to = ""]) => [
      from,
      to,
    ]);
    const required = [...mod.matchAll(/^\t(\S+) (v\S+)/gm)].map(([, library = "", to = ""]) => [library, to]);
    return new Map([...required, ...replaced] as [string, string][]);
  };
  const [operator, plugin] = [versions("cloudnative-pg"), versions("plugin-barman-cloud")];
  const shared = [...operator.keys()].filter((library) => plugin.has(library));
  expect(shared.length).toBeGreaterThan(50);
  // Of the same makers: each needs its own.
  const apart = ["github.com/cloudnative-pg/barman-cloud", "github.com/cloudnative-pg/cnpg-i"];
  const differing = shared.filter((library) => operator.get(library) !== plugin.get(library));
  expect(differing.sort()).toEqual(apart);
});

test("the folder of a tool carries its version and the hash of its recipe", () => {
  expect(recipeHash("pulumi")).toMatch(/^[0-9a-f]{12}$/);
  expect(toolDir("pulumi").endsWith(`/bin/pulumi-3.274.1-${recipeHash("pulumi")}`)).toBe(true);
  expect(new Set(toolNames.map(recipeHash)).size).toBe(toolNames.length);
});

test("the Go that is asked for is the newest that a module asks for", () => {
  const asked = toolNames.map((name) => {
    const version = /^go (\d+\.\d+(?:\.\d+)?)$/m.exec(readFileSync(join(moduleDir(name), "go.mod"), "utf8"))?.[1] ?? "";
    return version.split(".").length === 2 ? `${version}.0` : version;
  });
  expect(asked.sort(compareVersions).at(-1)).toBe(goNeeded);
});
