import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../tests/e2e/until.ts";
import { freePort } from "../../tests/free-port.ts";

let child: ChildProcess;
let output = "";
let url: string;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  child = spawn(process.execPath, [join(import.meta.dirname, "server.ts")], {
    env: { PATH: process.env.PATH, PORT: String(port) },
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  await until("the alert log", 10_000, async () => ((await fetch(url)).ok ? true : undefined));
});
afterAll(() => child.kill("SIGKILL"));

const post = (path: string, body: string) => fetch(`${url}${path}`, { method: "POST", body });
const alert = { status: "firing", labels: { alertname: "GatewayDown" }, annotations: { summary: "zwölf\nZeilen" } };

test("each alert is one line of JSON", async () => {
  expect((await post("/", JSON.stringify({ alerts: [alert, { ...alert, status: "resolved" }] }))).status).toBe(204);
  const lines = await until("two lines", 5_000, async () => {
    const found = output.split("\n").filter((line) => line.includes("GatewayDown"));
    return found.length === 2 ? found : undefined;
  });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([alert, { ...alert, status: "resolved" }]);
});

test("the watchdog is counted and not written", async () => {
  await post("/watchdog", JSON.stringify({ alerts: [{ ...alert, labels: { alertname: "Watchdog" } }] }));
  expect(await (await fetch(url)).json()).toEqual({ watchdogs: 1 });
  expect(output).not.toContain("Watchdog");
});

test("what is not an alert is refused, and the log goes on", async () => {
  expect((await post("/", "{")).status).toBe(400);
  expect((await post("/", "{}")).status).toBe(400);
  expect((await post("/", JSON.stringify({ alerts: [] }))).status).toBe(204);
});

test("a body without an end is cut off", async () => {
  await expect(post("/", "x".repeat(2 * 1024 * 1024))).rejects.toThrow();
  expect((await fetch(url)).ok).toBe(true);
});
