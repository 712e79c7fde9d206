import { expect, test, vi } from "vitest";
import { Breaker, type BreakerState } from "./breaker.ts";
import { ClientGone, UpstreamFailure } from "./failure.ts";

const unreachable = () => Promise.reject(new UpstreamFailure("unreachable", "shop"));
const gone = () => Promise.reject(new ClientGone("left"));
const answer = (status: number) => async () => ({ status });

function newBreaker(settings = {}) {
  let now = 1_000_000;
  const states: BreakerState[] = [];
  const breaker = new Breaker({
    settings: { threshold: 0.5, minRequests: 4, halfOpenAfterMs: 5_000, ...settings },
    upstream: "shop",
    onState: (state) => states.push(state),
    monotonic: () => now,
  });
  const run = (work: () => Promise<{ status: number }>) =>
    breaker.run(work).then(
      ({ status }) => String(status),
      (error: unknown) => (error instanceof UpstreamFailure ? error.kind : "gone"),
    );
  const pass = (ms: number) => {
    now += ms;
  };
  return { breaker, states, run, pass };
}

test("half of the requests failing opens it, and below the least number nothing does", async () => {
  const { breaker, run } = newBreaker();
  for (const work of [unreachable, answer(200), unreachable]) await run(work);
  expect(breaker.state).toBe("closed");
  await run(answer(404));
  expect(breaker.state).toBe("closed");
  await run(answer(503));
  expect(breaker.state).toBe("open");
});

test("while open nothing is sent, and the client learns when to come back", async () => {
  const { breaker, run, pass } = newBreaker();
  for (let i = 0; i < 4; i++) await run(unreachable);
  pass(1_500);
  const work = vi.fn(answer(200));
  const failure = await breaker.run(work).catch((error: unknown) => error as UpstreamFailure);
  expect(work).not.toHaveBeenCalled();
  expect(failure).toMatchObject({
    kind: "open",
    problem: { type: "upstream-unavailable", headers: { "retry-after": "4" } },
  });
});

test("one request at a time asks whether the upstream is back", async () => {
  const { breaker, states, run, pass } = newBreaker();
  for (let i = 0; i < 4; i++) await run(unreachable);
  pass(5_000);
  const probe = Promise.withResolvers<{ status: number }>();
  const probing = run(() => probe.promise);
  expect(breaker.state).toBe("half-open");
  expect(await run(answer(200))).toBe("open");
  probe.resolve({ status: 200 });
  expect(await probing).toBe("200");
  expect(states).toEqual(["open", "half-open", "closed"]);
  // The failures of before are forgotten.
  await run(unreachable);
  expect(breaker.state).toBe("closed");
});

test("a failed probe, and one that its client gave up on, keep it open for another while", async () => {
  const { breaker, run, pass } = newBreaker();
  for (let i = 0; i < 4; i++) await run(unreachable);
  for (const probe of [answer(500), unreachable, gone]) {
    pass(5_000);
    await run(probe);
    expect(breaker.state).toBe("open");
    pass(4_999);
    expect(await run(answer(200))).toBe("open");
    pass(1);
  }
  expect(await run(answer(200))).toBe("200");
});

test("clients that leave and requests that were refused here say nothing about the upstream", async () => {
  const { breaker, run } = newBreaker();
  const tooLarge = () => Promise.reject(new UpstreamFailure("too-large", "shop"));
  for (let i = 0; i < 20; i++) await run(i % 2 ? gone : tooLarge);
  for (let i = 0; i < 20; i++) await run(answer(501));
  expect(breaker.state).toBe("closed");
});

test("failures of long ago do not count", async () => {
  const { breaker, run, pass } = newBreaker();
  for (let i = 0; i < 3; i++) await run(unreachable);
  pass(11_000);
  for (let i = 0; i < 3; i++) await run(unreachable);
  expect(breaker.state).toBe("closed");
  await run(unreachable);
  expect(breaker.state).toBe("open");
});

test("a wall clock that is set back by an hour does not keep it open", async () => {
  const { run, pass } = newBreaker();
  for (let i = 0; i < 4; i++) await run(unreachable);
  const wall = Date.now();
  vi.spyOn(Date, "now").mockReturnValue(wall - 3_600_000);
  try {
    pass(5_000);
    expect(await run(answer(200))).toBe("200");
  } finally {
    vi.restoreAllMocks();
  }
});
