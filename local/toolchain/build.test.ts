import { expect, test } from "vitest";
import { duration } from "./build.ts";
import { buildArguments } from "./build-arguments.ts";
import { tool } from "./tools.ts";

test("a build sets versions, leaves debug data out and writes into the folder it is given", () => {
  const args = buildArguments(tool("pulumi"), "/cache/out");
  expect(args).toContain("-ldflags=-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.274.1");
  expect(args).toContain("-gcflags=all=-dwarf=false -c=1 -l");
  expect(args.slice(args.indexOf("-o"))).toEqual(["-o", "/cache/out/", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"]);
});

test("the standard library is compiled the same way for all", () => {
  for (const name of ["pulumi", "kubernetes"] as const)
    expect(buildArguments(tool(name), "/o")).toContain("-gcflags=std=-dwarf=false -c=1");
});

test("tags are given once, separated by commas", () => {
  expect(buildArguments(tool("prometheus"), "/o")).toContain("-tags=remove_all_sd,enable_kubernetes_sd");
  expect(buildArguments(tool("jaeger"), "/o").some((arg) => arg.startsWith("-tags"))).toBe(false);
});

test.each([
  [0, "0 s"],
  [59.4, "59 s"],
  [60, "1 m 00 s"],
  [425, "7 m 05 s"],
])("%d seconds read as %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
