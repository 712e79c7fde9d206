import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { postgresBin, postgresMissing } from "../../../tests/postgres-server.ts";
import { connect } from "../postgres/session.ts";
import { patient } from "../testing/test-world.ts";
import { endProcessesIn, makeScratchFolder, removeLeftovers, type ScratchFolder } from "./scratch-folder.ts";
import { findServerPrograms, serverOwner, startThrowawayServer, type ThrowawayServer } from "./throwaway-server.ts";

const programs = "/usr/lib/postgresql";
const major = Number(postgresBin()?.split("/").at(-2));
const never = new AbortController().signal;
const silent = () => undefined;

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "drill-"));
  execFileSync("chmod", ["755", root]);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function serve(signal = never): Promise<{ folder: ScratchFolder; server: ThrowawayServer }> {
  const owner = await serverOwner("postgres");
  const folder = await makeScratchFolder(root, owner);
  const server = await startThrowawayServer({ folder, programs: findServerPrograms(programs, major), owner, signal });
  return { folder, server };
}

const postmaster = (folder: ScratchFolder): number =>
  Number(readFileSync(join(folder.path, "data", "postmaster.pid"), "utf8").split("\n")[0]);
/** A zombie does not: it waits for whoever became its parent to ask for its status. */
const runs = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

describe.skipIf(postgresMissing())("the throwaway server", patient, () => {
  test("answers on its socket only, which nobody else can reach, and leaves nothing", async () => {
    const { folder, server } = await serve();
    const pid = postmaster(folder);
    {
      await using session = await connect(server.postgres, "postgres", never);
      const [row] = await session.query<{ fsync: string; tcp: string; super: string }>(
        "select current_setting('fsync') fsync, current_setting('listen_addresses') tcp, current_setting('is_superuser') super",
      );
      expect(row).toEqual({ fsync: "off", tcp: "", super: "on" });
      expect(server.major).toBe(major);
    }
    for (const path of [folder.path, folder.sockets]) expect(statSync(path).mode & 0o777).toBe(0o700);
    // Not one TCP or UDP socket is open in the server.
    const sockets = readFileSync("/proc/net/tcp", "utf8") + readFileSync("/proc/net/tcp6", "utf8");
    const inodes = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [
          execFileSync("readlink", [`/proc/${pid}/fd/${fd}`])
            .toString()
            .trim(),
        ];
      } catch {
        return [];
      }
    });
    const held = inodes.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]).filter((inode) => inode !== undefined);
    expect(held.some((inode) => sockets.includes(` ${inode} `))).toBe(false);

    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
    expect(runs(pid)).toBe(false);
    expect(readdirSync(root)).toEqual([]);
  });

  test("its processes see none of this process's environment", async () => {
    process.env.GOLIVE_SECRET_OF_TEST = "hunter2";
    try {
      const { folder, server } = await serve();
      await using _folder = folder;
      await using _server = server;
      expect(readFileSync(`/proc/${postmaster(folder)}/environ`, "utf8")).not.toContain("hunter2");
    } finally {
      delete process.env.GOLIVE_SECRET_OF_TEST;
    }
  });

  test("a backend that still works when its postmaster was killed is ended with the folder", async () => {
    const { folder, server } = await serve();
    const session = await connect(server.postgres, "postgres", never);
    const [row] = await session.query<{ pid: number }>("select pg_backend_pid() as pid");
    // A computing backend does not look whether its postmaster lives.
    const busy = session.query("select count(*) from generate_series(1, 1e12::bigint) g").catch(() => "ended");
    process.kill(postmaster(folder), "SIGKILL");
    await server[Symbol.asyncDispose]();
    expect(runs(row?.pid ?? 0)).toBe(true);
    await folder[Symbol.asyncDispose]();
    expect(await busy).toBe("ended");
    expect(runs(row?.pid ?? 0)).toBe(false);
    expect(readdirSync(root)).toEqual([]);
  });

  test("an interrupt while it is being made leaves nothing", async () => {
    const stop = new AbortController();
    const owner = await serverOwner("postgres");
    const folder = await makeScratchFolder(root, owner);
    const starting = startThrowawayServer({
      folder,
      programs: findServerPrograms(programs, major),
      owner,
      signal: stop.signal,
    });
    const limit = Date.now() + 20_000;
    while (!existsSync(join(folder.path, "data", "base")) && Date.now() < limit)
      await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort(new Error("stopped by SIGTERM"));
    await expect(starting).rejects.toThrow("stopped by SIGTERM");
    await folder[Symbol.asyncDispose]();
    expect(readdirSync(root)).toEqual([]);
  });

  test("what a killed drill left is ended and removed by the next, a drill at work is not", async () => {
    const script = `
      import { makeScratchFolder } from ${JSON.stringify(new URL("./scratch-folder.ts", import.meta.url).href)};
      import { findServerPrograms, serverOwner, startThrowawayServer } from ${JSON.stringify(new URL("./throwaway-server.ts", import.meta.url).href)};
      const owner = await serverOwner("postgres");
      const folder = await makeScratchFolder(${JSON.stringify(root)}, owner);
      const programs = findServerPrograms(${JSON.stringify(programs)}, ${major});
      await startThrowawayServer({ folder, programs, owner, signal: new AbortController().signal });
      console.log(folder.path);
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const path = await new Promise<string>((resolve) =>
      child.stdout.once("data", (text) => resolve(String(text).trim())),
    );
    await using alive = await makeScratchFolder(root, undefined);
    const lines: string[] = [];

    await removeLeftovers(root, (line) => lines.push(line));
    expect(readdirSync(root)).toHaveLength(2);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    await removeLeftovers(root, (line) => lines.push(line));
    expect(existsSync(path)).toBe(false);
    expect(existsSync(alive.path)).toBe(true);
    expect(lines).toEqual([expect.stringMatching(`^removed ${path}, left by a drill that was killed`)]);
    expect(await endProcessesIn(path)).toBe(0);
  });

  test("a server that cannot start tells why", async () => {
    const owner = await serverOwner("postgres");
    await using folder = await makeScratchFolder(root, owner);
    mkdirSync(join(folder.sockets, ".s.PGSQL.5432.lock"));
    const starting = startThrowawayServer({
      folder,
      programs: findServerPrograms(programs, major),
      owner,
      signal: never,
    });
    await expect(starting).rejects.toMatchObject({
      code: "DRILL_FAILED",
      message: expect.stringMatching(/ended at its start: .*\.s\.PGSQL\.5432\.lock/s),
    });
  });
});

test("server programs that are not there are named, with what to install", () => {
  expect(() => findServerPrograms(root, 99)).toThrow(
    expect.objectContaining({
      code: "DRILL_FAILED",
      message: expect.stringContaining(`${root}/99/bin/initdb is not there`),
      hint: expect.stringContaining("postgresql-99"),
    }),
  );
});

test.each([
  ["root", /is root/],
  ["nobody-here", /there is no such user/],
])("root's drill refuses to hand the server to %s", async (user, message) => {
  await expect(serverOwner(user, 0)).rejects.toThrow(message);
  expect(await serverOwner(user, 1000)).toBeUndefined();
});

test("a path that no socket fits into is refused, and the folder goes again", async () => {
  const deep = join(root, "x".repeat(90));
  await expect(makeScratchFolder(deep, undefined)).rejects.toThrow(/too long for a server's socket/);
  expect(readdirSync(deep)).toEqual([]);
});

test("a folder without a holder is left alone while it may still be one in the making", async () => {
  mkdirSync(join(root, "golive-drill-abcdef"));
  await removeLeftovers(root, silent);
  expect(readdirSync(root)).toEqual(["golive-drill-abcdef"]);
});
