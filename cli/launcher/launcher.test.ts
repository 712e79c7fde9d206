import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";

// The launcher as it is, under /bin/sh, in a repository of its own. Only npm is played: it writes down each call and can be slow or fail.
const repo = join(import.meta.dirname, "../..");
let home: string;
let root: string;
let bin: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "golive launcher "));
  root = join(home, "a checkout");
  bin = join(home, "bin");
  for (const file of ["golive", "local/toolchain/node/package.json", "local/toolchain/node/package-lock.json"]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(join(repo, file), join(root, file));
  }
  mkdirSync(join(root, "cli"));
  writeFileSync(join(root, "cli/main.ts"), main);
  writeFileSync(join(root, "package-lock.json"), "{}");
  mkdirSync(bin);
  executable("node", '#!/bin/sh\necho "v20.20.2"\n');
  executable("npm", npm);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const main = `const seen: object = { args: process.argv.slice(2), cwd: process.cwd(), node: process.version };
console.log(JSON.stringify(seen));
process.exit(process.argv[2] === "fail" ? 42 : 0);
`;
const npm = `#!/bin/sh
echo "$PWD" >>"$FAKE/npm-calls"
if [ -e "$FAKE/npm-fails" ]; then echo "npm error network" >&2; exit 1; fi
rm -rf node_modules
if [ -e "$FAKE/npm-is-slow" ]; then sleep 30; fi
case $PWD in
  */.new-*) for arch in x64 arm64; do mkdir -p node_modules/node-linux-$arch/bin; ln -s "$REAL_NODE" node_modules/node-linux-$arch/bin/node; done ;;
  *) mkdir -p node_modules ;;
esac
`;

function executable(name: string, text: string): void {
  writeFileSync(join(bin, name), text);
  chmodSync(join(bin, name), 0o755);
}

interface Run {
  exit: number | null;
  stdout: string;
  stderr: string;
}

function start(args: string[], env: Record<string, string> = {}, options: { cwd?: string; file?: string } = {}) {
  const child = spawn(options.file ?? join(root, "golive"), args, {
    cwd: options.cwd ?? home,
    detached: true,
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: home, FAKE: home, REAL_NODE: process.execPath, ...env },
  });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (text) => {
    said.stdout += text;
  });
  child.stderr.on("data", (text) => {
    said.stderr += text;
  });
  const ended = new Promise<Run>((resolve) => child.once("close", (exit) => resolve({ exit, ...said })));
  return { child, ended };
}

const golive = (...given: Parameters<typeof start>) => start(...given).ended;
const npmCalls = () =>
  existsSync(join(home, "npm-calls")) ? readFileSync(join(home, "npm-calls"), "utf8").trim().split("\n") : [];
const cache = () => join(home, ".cache/golive");

async function until(what: () => boolean): Promise<void> {
  for (const limit = Date.now() + 10_000; !what(); await wait(20)) {
    if (Date.now() > limit) throw new Error("the condition did not come true within 10 s");
  }
}

const signalGroup = (child: ChildProcess, name: NodeJS.Signals) => process.kill(-(child.pid as number), name);

test("the first run installs Node and the packages, says so, and hands over arguments and exit status", async () => {
  const first = await golive(["fail", "a b", "--x=*", ""]);
  expect(JSON.parse(first.stdout)).toEqual({ args: ["fail", "a b", "--x=*", ""], cwd: home, node: process.version });
  expect(first.exit).toBe(42);
  expect(first.stderr).toMatch(/^golive: installing Node 24\.21\.0 from npm.*\ngolive: installing npm packages.*\n$/);
  expect(npmCalls()).toHaveLength(2);
});

test("the second run installs nothing and says nothing", async () => {
  await golive([]);
  const second = await golive(["x"]);
  expect(second).toMatchObject({ exit: 0, stderr: "" });
  expect(npmCalls()).toHaveLength(2);
});

test("a changed lockfile brings the packages up to date, once", async () => {
  await golive([]);
  writeFileSync(join(root, "package-lock.json"), '{"changed":true}');
  expect((await golive([])).stderr).toContain("installing npm packages");
  expect((await golive([])).stderr).toBe("");
  expect(npmCalls()).toHaveLength(3);
});

test("a Node on PATH that is new enough is used, and none is installed", async () => {
  rmSync(join(bin, "node"));
  symlinkSync(process.execPath, join(bin, "node"));
  expect((await golive([])).stderr).not.toContain("installing Node");
  expect(existsSync(join(cache(), "node/24.21.0"))).toBe(false);
});

test.each([
  ["v24.12.9", true],
  ["v24.13.0", false],
  ["v25.0.0", false],
  ["v20.20.2", true],
  ["nonsense", true],
])("Node %s on PATH is too old: %s", async (version, tooOld) => {
  executable("node", `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else exec "$REAL_NODE" "$@"; fi\n`);
  expect((await golive([])).stderr.includes("installing Node")).toBe(tooOld);
});

test("it can be linked into a folder of PATH and called from anywhere", async () => {
  symlinkSync("../a checkout/golive", join(bin, "golive"));
  const run = await golive(["x"], {}, { file: join(bin, "golive"), cwd: "/" });
  expect(JSON.parse(run.stdout)).toMatchObject({ args: ["x"], cwd: "/" });
});

test("XDG_CACHE_HOME is honoured when it is absolute, and ignored when it is not", async () => {
  await golive([], { XDG_CACHE_HOME: join(home, "my cache") });
  expect(existsSync(join(home, "my cache/golive/node/24.21.0"))).toBe(true);
  await golive([], { XDG_CACHE_HOME: "relative" });
  expect(existsSync(join(cache(), "node/24.21.0"))).toBe(true);
});

test("without HOME it uses /var/cache, and says which folder when that cannot be written", async () => {
  const { exit, stderr } = await new Promise<Run>((resolve) => {
    // A path through a file can be written by nobody, root included.
    const script = readFileSync(join(root, "golive"), "utf8").replaceAll("/var/cache", "/dev/null/cache");
    writeFileSync(join(root, "golive"), script);
    const child = spawn(join(root, "golive"), [], { env: { PATH: `${bin}:/usr/bin:/bin`, FAKE: home } });
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    child.once("close", (exit) => resolve({ exit, stdout: "", stderr }));
  });
  expect(stderr).toBe(
    "error TOOL_MISSING: cannot write to /dev/null/cache/golive\nhint: Set XDG_CACHE_HOME to a folder that you may write to.\n",
  );
  expect(exit).toBe(3);
});

test("without npm it says what is needed and what is there", async () => {
  rmSync(join(bin, "npm"));
  const { exit, stderr } = await golive([], { PATH: `${bin}:${await coreutils()}` });
  expect(stderr).toContain(
    "error TOOL_MISSING: golive needs Node 24.13 or newer; Node v20.20.2 is on PATH, and no npm to install it with\nhint: Install Node",
  );
  expect(exit).toBe(3);
});

test("when npm fails, its message stands above ours, nothing counts as installed, and the next run tries again", async () => {
  writeFileSync(join(home, "npm-fails"), "");
  const { exit, stderr } = await golive([]);
  expect(stderr).toContain("npm error network\nerror TOOL_MISSING: npm could not install Node 24.21.0\nhint: ");
  expect(exit).toBe(3);
  expect(existsSync(join(cache(), "locks/node"))).toBe(false);
  rmSync(join(home, "npm-fails"));
  expect((await golive([])).exit).toBe(0);
});

// What npm has started may outlast it, and holds the output open for as long: up to the half minute that it sleeps.
const slow = { timeout: 120_000 };

test("Ctrl-C during npm ci ends with 130, leaves no lock, and the next run installs again", slow, async () => {
  await golive([]);
  writeFileSync(join(root, "package-lock.json"), '{"changed":true}');
  writeFileSync(join(home, "npm-is-slow"), "");
  const { child, ended } = start([]);
  await until(() => npmCalls().length === 3);
  signalGroup(child, "SIGINT");
  expect(await ended).toMatchObject({ exit: 130, stderr: expect.stringContaining("error INTERRUPTED: ") });
  rmSync(join(home, "npm-is-slow"));
  expect(await golive([])).toMatchObject({ exit: 0, stderr: expect.stringContaining("installing npm packages") });
});

test("a run that was killed outright leaves a lock that the next one inherits", async () => {
  await golive([]);
  writeFileSync(join(root, "package-lock.json"), '{"changed":true}');
  writeFileSync(join(home, "npm-is-slow"), "");
  const { child, ended } = start([]);
  await until(() => npmCalls().length === 3);
  signalGroup(child, "SIGKILL");
  await ended;
  rmSync(join(home, "npm-is-slow"));
  expect((await golive([])).exit).toBe(0);
});

test("of two at once one installs and the other waits for it", async () => {
  writeFileSync(join(home, "npm-calls"), "");
  executable("npm", npm.replace("sleep 30", "sleep 1"));
  writeFileSync(join(home, "npm-is-slow"), "");
  const runs = await Promise.all([golive(["1"]), golive(["2"]), golive(["3"])]);
  expect(runs.map(({ exit }) => exit)).toEqual([0, 0, 0]);
  expect(npmCalls().filter((line) => line !== "")).toHaveLength(2);
  expect(runs.map(({ stderr }) => stderr).join("")).toMatch(/waiting for another golive \(pid \d+\)/);
});

/** A folder with what the launcher calls, and no npm. */
async function coreutils(): Promise<string> {
  const folder = join(home, "coreutils");
  mkdirSync(folder);
  for (const name of [
    "uname",
    "dirname",
    "readlink",
    "cat",
    "mkdir",
    "rm",
    "mv",
    "cp",
    "cksum",
    "cut",
    "sha256sum",
    "sleep",
    "sh",
  ]) {
    const from = ["/usr/bin", "/bin"].map((path) => join(path, name)).find((path) => existsSync(path));
    if (from) symlinkSync(from, join(folder, name));
  }
  return folder;
}
