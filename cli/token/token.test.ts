import { decodeJwt, jwtVerify } from "jose";
import { beforeEach, expect, test } from "vitest";
import type { World } from "../core/world.ts";
import { type FakeWorld, fakeWorld } from "../testing/fake-world.ts";

const secret = "the-stacks-own-0123456789-0123456789";
let fake: FakeWorld;
let answer: { out: string; err: string; code: number };

beforeEach(() => {
  answer = { out: Buffer.from(secret).toString("base64"), err: "", code: 0 };
  fake = fakeWorld();
  const world = fake.world as { -readonly [K in keyof World]: World[K] };
  world.spawn = async (file, args, { output }) => {
    fake.calls.push([file, ...args].join(" "));
    if (typeof output === "function") {
      if (answer.out) output(answer.out, "stdout");
      if (answer.err) output(answer.err, "stderr");
    }
    return { ...fake.child, code: answer.code };
  };
});

test("a viewer's token for an hour, signed by the stack's secret, alone on stdout", async () => {
  const { exit, stdout } = await fake.golive("token");
  expect(exit).toBe(0);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  const { payload } = await jwtVerify(stdout.trim(), Buffer.from(secret), {
    issuer: "golive",
    audience: "golive-gateway",
  });
  expect(payload).toMatchObject({ sub: "golive-cli", roles: ["viewer"] });
  expect(Number(payload.exp) - Number(payload.iat)).toBe(3600);
  expect(fake.calls.join("\n")).toContain("get secret gateway-tokens --namespace golive-app");
  expect(fake.calls.join("\n") + fake.lines.join("\n")).not.toContain(secret);
});

test("whose it is, what it may and how long can be said", async () => {
  const { stdout } = await fake.golive("token", "--role", "admin", "--subject", "ada", "--minutes", "5", "--json");
  const said = JSON.parse(stdout);
  expect(said).toMatchObject({ subject: "ada", role: "admin" });
  const payload = decodeJwt(said.token);
  expect(payload).toMatchObject({ sub: "ada", roles: ["admin"] });
  expect(Number(payload.exp) - Number(payload.iat)).toBe(300);
});

test.each([
  [["--role", "root"], /--role root: there is no such role/],
  [["--minutes", "0"], /--minutes 0 is out of range/],
  [["--minutes", "1441"], /--minutes 1441 is out of range/],
  [["--subject", "a\nb"], /--subject: /],
])("%j is refused by name", async (flags, message) => {
  const { exit, stderr } = await fake.golive("token", ...flags);
  expect(exit).toBe(2);
  expect(stderr).toMatch(message);
});

test("a stack that signs nothing itself, and a cluster that does not answer, are told apart", async () => {
  answer = { out: "", err: 'Error from server (NotFound): secrets "gateway-tokens" not found', code: 1 };
  const none = await fake.golive("token");
  expect(none.exit).toBe(2);
  expect(none.stderr).toContain("identity provider");
  answer = { out: "", err: "connection refused", code: 1 };
  expect((await fake.golive("token")).exit).toBe(5);
});
