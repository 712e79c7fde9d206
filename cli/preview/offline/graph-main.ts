// Run as a program of its own: one graph a process, since a program's modules and mocks are those of the process.
// node graph-main.ts <root of a checkout> <stack> <file for the graph>
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { type Asked, graphOf } from "./graph.ts";

const [root = "", stack = "", file = ""] = process.argv.slice(2);

/** Of the engine's protocol; what a program asks for, options included, which mocks are not told. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getObject(): { toJavaScript(): unknown } | undefined;
}
type Register = (this: unknown, request: Request, ...rest: unknown[]) => unknown;

// The checkout's own mocks answer for the clouds; what they are asked is written down on the way.
const load = createRequire(join(root, "infra", "package.json"));
const { MockMonitor } = load("@pulumi/pulumi/runtime/mocks.js") as {
  MockMonitor: { prototype: { registerResource: Register } };
};
const { registerResource } = MockMonitor.prototype;
const asked: Asked[] = [];
MockMonitor.prototype.registerResource = function (request, ...rest) {
  asked.push({
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    // As it stands on the wire: the SDK would call a whole object secret for one secret in it.
    inputs: request.getObject()?.toJavaScript() ?? {},
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
  });
  return registerResource.call(this, request, ...rest);
};

try {
  const url = pathToFileURL(join(root, "infra/testing/stacks.ts")).href;
  const { runStack } = (await import(url)) as { runStack(stack: string): Promise<unknown> };
  await runStack(stack);
  writeFileSync(file, JSON.stringify({ resources: graphOf(stack, asked) }));
} catch (error) {
  // A checkout has its own class of the error.
  const known = error instanceof GoliveError || (error instanceof Error && error.name === "GoliveError");
  const said = error instanceof Error ? (known ? error.message : `${error.name}: ${error.message}`) : String(error);
  writeFileSync(file, JSON.stringify({ error: said }));
}
