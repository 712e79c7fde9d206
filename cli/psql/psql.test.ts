import { expect, test } from "vitest";
import { fakeWorld, pod } from "../testing/fake-world.ts";

function primary() {
  const fake = fakeWorld();
  fake.pods = [pod("postgres", { name: "postgres-2" })];
  return fake;
}
const executed = ({ calls }: ReturnType<typeof fakeWorld>) => calls.find((call) => call.includes(" exec ")) ?? "";

test("statements run on the primary, stop at the first fault, and end with psql's own status", async () => {
  const fake = primary();
  fake.child = { code: 1, signal: null };
  const { exit, stdout } = await fake.golive("psql", "-c", "select 1", "-c", "select 2", "--database", "other");
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
  expect(executed(fake)).toMatch(
    / exec --namespace golive-app postgres-2 --container postgres --quiet -- psql --no-psqlrc --dbname other --set ON_ERROR_STOP=1 --pset pager=off --command select 1 --command select 2$/,
  );
});

test("without a statement it is a prompt on a terminal, and reads standard input elsewhere", async () => {
  const typed = primary();
  typed.stdinIsTTY = true;
  await typed.golive("psql");
  expect(executed(typed)).toMatch(/ --quiet --stdin --tty -- psql --no-psqlrc --dbname app$/);
  const piped = primary();
  await piped.golive("psql");
  expect(executed(piped)).toMatch(/ --quiet --stdin -- psql .*ON_ERROR_STOP=1/);
});

test("without a primary that is ready nothing is run", async () => {
  const fake = primary();
  fake.pods = [pod("postgres", { ready: false })];
  expect(await fake.golive("psql", "-c", "select 1")).toMatchObject({
    exit: 5,
    stderr: expect.stringContaining("no primary of the database is ready in golive-app"),
  });
  expect(executed(fake)).toBe("");
});
