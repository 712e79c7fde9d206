import type { Tool } from "./tools.ts";

/**
 * No DWARF: a fifth of the compiler's time, and the linker strips it anyway. One back end a package (-c=1): two packages compile
 * side by side already, and more threads than cores cost a sixth. Measured on two cores.
 */
const compilerFlags = "-dwarf=false -c=1";

/** Arguments of `go build` for a tool; pure. */
export function buildArguments({ packages, variables = {}, tags = [] }: Tool, out: string): string[] {
  const settings = Object.entries(variables).map(([variable, value]) => `-X ${variable}=${value}`);
  return [
    "build",
    "-v",
    // No inlining either: a third off the compiler's time, for programs that wait for others most of theirs.
    `-gcflags=all=${compilerFlags} -l`,
    // The standard library is compiled once, the same for every tool.
    `-gcflags=std=${compilerFlags}`,
    `-ldflags=${["-s", "-w", ...settings].join(" ")}`,
    ...(tags.length > 0 ? [`-tags=${tags.join(",")}`] : []),
    "-pgo=off",
    "-o",
    `${out}/`,
    ...packages,
  ];
}
