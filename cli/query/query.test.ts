import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../core/run.ts";
import { fakeWorld, pod } from "../testing/fake-world.ts";
import { FakeSource } from "../trace/testing/fake-sources.ts";

let prometheus: FakeSource;
beforeEach(async () => {
  prometheus = await new FakeSource().start();
});
afterEach(() => prometheus.stop());

/** Asks the fake in the place of Prometheus' published port. */
async function query(answer: { status?: number; body: unknown } | undefined, ...flags: string[]) {
  prometheus.answers = () => answer && { status: answer.status ?? 200, body: JSON.stringify(answer.body) };
  const fetchThere: typeof fetch = (url, init) =>
    fetch(String(url).replace("http://localhost:9090", prometheus.origin), init);
  const world = { ...fakeWorld().world, fetch: fetchThere };
  return await run(["query", 'up{job="a b"}', ...flags], () => world);
}

const data = (resultType: string, result: unknown) => ({ body: { status: "success", data: { resultType, result } } });
const up = (labels: Record<string, string>, value: string) => ({
  metric: { __name__: "up", ...labels },
  value: [1795861020.5, value],
});

test("one line a series, a column a label, the metric first and the value last", async () => {
  const { exit, stdout } = await query(
    data("vector", [up({ pod: "a", job: "gateway" }, "1"), up({ job: "jaeger" }, "0")]),
  );
  expect({ exit, stdout }).toEqual({
    exit: 0,
    stdout: "metric  job      pod  value\nup      gateway  a    1\nup      jaeger        0\n",
  });
  expect(prometheus.asked[0]?.path).toBe("/api/v1/query?query=up%7Bjob%3D%22a%20b%22%7D");
});

test("no data is an answer", async () => {
  expect(await query(data("vector", []))).toMatchObject({ exit: 0, stdout: "no data\n" });
  expect(JSON.parse((await query(data("vector", []), "--json")).stdout)).toEqual({
    stack: "local",
    query: 'up{job="a b"}',
    samples: [],
  });
});

test("scalars and ranges have a value too", async () => {
  expect((await query(data("scalar", [1, "2.5"]))).stdout).toBe("value\n2.5\n");
  const range = [
    {
      metric: { job: "a" },
      values: [
        [1, "1"],
        [2, "7"],
      ],
    },
  ];
  expect((await query(data("matrix", range))).stdout).toBe("job  value  points\na    7      2\n");
});

test("what Prometheus does not understand ends with 2 and its words", async () => {
  const { exit, stderr } = await query({
    status: 400,
    body: { status: "error", errorType: "bad_data", error: "1:4: parse error" },
  });
  expect(exit).toBe(2);
  expect(stderr).toContain('Prometheus cannot evaluate "up{job="a b"}": 1:4: parse error');
});

test.each([
  [undefined, "answers 404"],
  [{ status: 503, body: { status: "error", error: "query timed out" } }, "gave up: query timed out"],
])("a Prometheus that cannot be asked ends with 5", async (answer, message) => {
  const { exit, stderr } = await query(answer);
  expect(exit).toBe(5);
  expect(stderr).toContain(message);
});

test("an answer that is none of Prometheus is told as such", async () => {
  expect((await query({ body: { hello: 1 } })).exit).not.toBe(0);
});

test("where no port is published and no pod is ready, the cluster is named", async () => {
  const fake = fakeWorld();
  fake.pods = [pod("prometheus", { ready: false })];
  expect(await fake.golive("query", "up", "--stack", "staging")).toMatchObject({
    exit: 5,
    stderr: expect.stringContaining("no pod of Prometheus is ready in golive-observability"),
  });
});
