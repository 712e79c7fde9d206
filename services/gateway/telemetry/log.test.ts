import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { createLogger, onWarning } from "./log.ts";

function logged(write: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  write(createLogger("info", sink));
  return lines.map((line) => JSON.parse(line));
}

test("secrets are masked wherever an object carries them", () => {
  const [line] = logged((log) =>
    log.info({ password: "p", config: { token: "t" }, req: { headers: { authorization: "a" } } }, "x"),
  );
  expect(line).toMatchObject({
    password: "REDACTED",
    config: { token: "REDACTED" },
    req: { headers: { authorization: "REDACTED" } },
  });
});

test("an error keeps its code and causes, and loses the row values that Postgres quotes", () => {
  const cause = Object.assign(new Error("duplicate key"), {
    code: "23505",
    detail: "Key (email)=(a@b) already exists.",
  });
  const [line] = logged((log) => log.error({ err: new Error("failed at http://x/?token=abc", { cause }) }, "x"));
  expect(line).toMatchObject({
    level: "error",
    err: { message: "failed at http://x/?token=REDACTED", cause: { code: "23505" } },
  });
  expect(JSON.stringify(line)).not.toMatch(/a@b|abc/);
});

test("a line has a time people can read and the service's name", () => {
  const [line] = logged((log) => log.info("hello"));
  expect(line).toMatchObject({
    service: "gateway",
    message: "hello",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  });
});

test("paths and user agents lose the secrets that clients write there, encoded or not", () => {
  const [line] = logged((log) =>
    log.info({ path: "/users/bob%40example.com/reset", user_agent: "curl password=hunter2", route: "/users/:id" }, "x"),
  );
  expect(line).toMatchObject({
    path: "/users/REDACTED/reset",
    user_agent: "curl password=REDACTED",
    route: "/users/:id",
  });
});

test("an error that cannot be read, and a circle of causes, still make a line", () => {
  const circle = new Error("round");
  circle.cause = circle;
  const unreadable = new Error("x");
  Object.defineProperty(unreadable, "stack", {
    get() {
      throw new Error("no");
    },
  });
  const lines = logged((log) => {
    log.error({ err: circle }, "x");
    log.error({ err: unreadable }, "x");
  });
  expect(lines).toMatchObject([{ err: { message: "round" } }, { err: { message: "an error that cannot be read" } }]);
});

test("warnings are told to whoever asked, and nothing below them", () => {
  const told: string[] = [];
  onWarning((message, level) => told.push(`${level}: ${message}`));
  logged((log) => {
    log.info("a");
    log.warn({ some: "object" }, "b");
    log.error("c");
  });
  onWarning(() => undefined);
  expect(told).toEqual(["warn: b", "error: c"]);
});
