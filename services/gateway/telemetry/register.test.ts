import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const limit = { timeout: 120_000 };

/** A process with the preload that does nothing but ask for telemetry. */
function start(env: Record<string, string>, { before = [] as string[], code = "" } = {}) {
  const asking = `${code}; const { requireTelemetry } = await import(${JSON.stringify(new URL("self-test.ts", import.meta.url))});
    requireTelemetry(); process.exit(0)`;
  const preloads = [...before, file("register.ts")].flatMap((path) => ["--import", path]);
  return spawnSync(process.execPath, [...preloads, "--input-type=module", "--eval", asking], {
    cwd: file("."),
    env,
    encoding: "utf8",
    timeout: 60_000,
  });
}

test("a sound environment starts, and one line says what was started", limit, () => {
  const { status, stdout } = start({ OTEL_EXPORTER: "jaeger", TRACE_RATIO: "0.25" });
  expect(status).toBe(0);
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toMatchObject([{ message: "telemetry is on", exporter: "otlp", ratio: 0.25, error_tracker: false }]);
});

test("every wrong setting is named in the one line before the end", limit, () => {
  const { status, stdout, stderr } = start({ TRACE_RATIO: "half", OTEL_EXPORTER: "datadog", TRACE_UI_URL: "x" });
  expect(status).toBe(1);
  expect(stderr).toBe("");
  const lines = stdout.trim().split("\n");
  expect(lines).toHaveLength(1);
  const { level, err } = JSON.parse(lines[0] ?? "{}");
  expect(level).toBe("fatal");
  expect(err).toMatchObject({ type: "ConfigError" });
  for (const name of ["TRACE_RATIO", "OTEL_EXPORTER", "TRACE_UI_URL"]) expect(err.message).toContain(`${name}: `);
});

test("a module that was loaded before its hook stops the start", limit, () => {
  const { status, stderr } = start({}, { before: ["pg"] });
  expect(status).toBe(1);
  expect(stderr).toMatch(/instrumentation did not reach .*pg-pool;/);
});

test("a second version of the API stops the start", limit, () => {
  const folder = join(mkdtempSync(join(tmpdir(), "golive-api-")), "node_modules", "@opentelemetry", "api");
  cpSync(new URL("../node_modules/@opentelemetry/api", import.meta.url), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "@opentelemetry/api", version: "1.9.0" }));
  const copy = pathToFileURL(join(folder, "dist", "index.mjs"));
  const { status, stderr } = start({}, { code: `await import(${JSON.stringify(copy)})` });
  expect(status).toBe(1);
  expect(stderr).toMatch(/@opentelemetry\/api is loaded in 2 versions.*1\.10\.\d+ in .*1\.9\.0 in /);
});
