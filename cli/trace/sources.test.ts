import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fakeWorld } from "../testing/fake-world.ts";
import { askJson } from "./ask.ts";
import { exemplarsUrl, readExemplars } from "./exemplars.ts";
import { logText, parseLogLine } from "./log-lines.ts";
import { readSpans } from "./spans.ts";
import {
  bugsinkAnswers,
  eventId,
  FakeSource,
  jaegerAnswers,
  prometheusAnswers,
  token,
  traceId,
} from "./testing/fake-sources.ts";
import { readErrors, readEvent } from "./tracker.ts";

const other = "f".repeat(32);
let source: FakeSource;
beforeEach(async () => {
  source = await new FakeSource().start();
});
afterEach(() => source.stop());

/** The fake world with real HTTP. */
const world = () => ({ ...fakeWorld().world, fetch });

describe("Jaeger", () => {
  test("gives spans with their parents, services, failures and what they did", async () => {
    source.answers = jaegerAnswers;
    const answer = await readSpans(world(), source.origin, traceId);
    expect(answer).toMatchObject({
      found: expect.arrayContaining([
        expect.objectContaining({
          id: "b7ad6b7169203331",
          parent: undefined,
          service: "gateway",
          name: "GET /api/projects/:id",
          duration: 42_100,
          failed: true,
          attributes: expect.objectContaining({ "http.response.status_code": "500", "sentry.event_id": eventId }),
        }),
        expect.objectContaining({
          id: "00f067aa0ba902b7",
          parent: "b7ad6b7169203331",
          failed: false,
          attributes: { "db.query.text": "SELECT * FROM projects WHERE id = $1" },
        }),
        expect.objectContaining({ id: "00f067aa0ba902b9", parent: "00f067aa0ba902b8", service: "backend" }),
      ]),
    });
  });

  test("says so when it has no such trace, and when it is no Jaeger", async () => {
    source.answers = jaegerAnswers;
    expect(await readSpans(world(), source.origin, other)).toEqual({ nothing: "it has no span of this trace" });
    source.answers = () => ({ status: 200, body: '{"data":[{"spans":7}]}' });
    expect(await readSpans(world(), source.origin, traceId)).toEqual({
      silent: `${source.origin} answers something that is no trace`,
    });
  });

  test("texts of others bring neither secrets nor control sequences onto the terminal", async () => {
    source.answers = (path, request) => {
      const answer = jaegerAnswers(path, request);
      const name = JSON.stringify("\u001b[31mGET\n/x?token=hunter2hunter2").slice(1, -1);
      return answer && { ...answer, body: answer.body.replaceAll("GET /reports", name) };
    };
    const answer = await readSpans(world(), source.origin, traceId);
    const names = "found" in answer ? answer.found.map(({ name }) => name) : [];
    expect(names).toContain("GET /x?token=***");
  });
});

describe("the tracker", () => {
  const tracker = () => ({ origin: source.origin, token });

  test("gives the errors of a trace with their issue, place and page", async () => {
    source.answers = bugsinkAnswers;
    expect(await readErrors(world(), tracker(), traceId)).toEqual({
      found: [
        {
          eventId,
          title: "Error: backend answered 502",
          project: "backend",
          issue: { name: "BACKEND-1", events: 20 },
          time: "2026-11-28T04:01:34.145000Z",
          place: "/app/services/gateway/projects/routes.ts:31 in readProject",
          facts: {
            level: "error",
            transaction: "GET /api/projects/:id",
            environment: "local",
            release: "0123456789ab",
            subsystem: "upstream",
            user: "user-7",
          },
          traceId,
          page: `${source.origin}/issues/issue/8f07897c-92fa-4554-9128-2059ebdea7a4/event/5ce723fb-951b-414b-b8e3-6c48f564dfd2/`,
        },
      ],
    });
  });

  test("finds an event by its id, in whichever project, and the trace that it is of", async () => {
    source.answers = bugsinkAnswers;
    expect(await readEvent(world(), tracker(), eventId)).toMatchObject({ found: { eventId, traceId } });
    expect(source.asked.map(({ path }) => path).sort()).toEqual(
      [1, 2].map((project) => `/api/canonical/0/events/lookup/?project=${project}&event_id=${eventId}`),
    );
    expect(await readEvent(world(), tracker(), other)).toEqual({ nothing: "it has no event with this id" });
    expect(await readErrors(world(), tracker(), other)).toEqual({ nothing: "it has no error of this trace" });
  });

  test("shows an event of which parts are not as expected by the others", async () => {
    source.answers = (path, request) => {
      const answer = bugsinkAnswers(path, request);
      if (!answer?.body.includes('"data"')) return answer;
      const event = JSON.parse(answer.body);
      const data = { message: "only words", exception: "?", tags: [["a", "b"]], user: 7, contexts: { trace: [] } };
      return { ...answer, body: JSON.stringify({ ...event, data }) };
    };
    expect(await readEvent(world(), tracker(), eventId)).toMatchObject({
      found: { title: "only words", place: undefined, facts: {}, traceId: undefined },
    });
  });

  test("that refuses the token is told of without the token", async () => {
    source.answers = bugsinkAnswers;
    const answer = await readErrors(world(), { origin: source.origin, token: "f".repeat(40) }, traceId);
    expect(answer).toEqual({ silent: `${source.origin} answers 401` });
  });
});

describe("Prometheus", () => {
  const window = { from: 1_795_838_000_400, to: 1_795_839_200_000 };

  test("gives what it observed of this trace, once for each series, and of no other trace", async () => {
    source.answers = prometheusAnswers;
    expect(await readExemplars(world(), source.origin, traceId, window)).toEqual({
      found: [
        {
          metric: "http_server_request_duration_seconds",
          labels: {
            http_request_method: "GET",
            http_response_status_code: "500",
            http_route: "/api/projects/:id",
          },
          value: 0.0421,
          time: expect.stringMatching(/^2026-11-28T04:/),
        },
      ],
    });
    expect(await readExemplars(world(), source.origin, other, window)).toMatchObject({
      nothing: expect.stringContaining("only the latest one is kept"),
    });
  });

  test("is asked for whole seconds that hold the window", () => {
    const { searchParams } = new URL(exemplarsUrl("http://localhost:9090", window));
    expect([searchParams.get("start"), searchParams.get("end")]).toEqual(["1795838000", "1795839200"]);
  });
});

describe("a source that gives no good answer", () => {
  test.each([
    [500, "{}", "answers 500"],
    [200, "<html>", "does not answer (with JSON)"],
  ])("%i %j", async (status, body, said) => {
    source.answers = () => ({ status, body });
    expect(await askJson(world(), `${source.origin}/x`)).toEqual({ silent: `${source.origin} ${said}` });
  });

  test("nothing listens there", async () => {
    const { origin } = source;
    await source.stop();
    expect(await askJson(world(), `${origin}/x`)).toEqual({ silent: `${origin} does not answer (ECONNREFUSED)` });
    await source.start();
  });

  test("a redirect is not followed: nobody else is given the token", async () => {
    const elsewhere = await new FakeSource().start();
    try {
      source.answers = () => ({ status: 302, body: "", location: `${elsewhere.origin}/y` });
      const answer = await askJson(world(), `${source.origin}/x`, { headers: { authorization: "Bearer x" } });
      expect(answer).toHaveProperty("silent");
      expect([source.asked.length, elsewhere.asked.length]).toEqual([1, 0]);
    } finally {
      await elsewhere.stop();
    }
  });

  test("Ctrl-C ends the question and is not taken for silence", async () => {
    const fake = fakeWorld();
    fake.controller.abort(new Error("stopped"));
    await expect(askJson({ ...fake.world, fetch }, `${source.origin}/x`)).rejects.toThrow("stopped");
  });
});

describe("log lines", () => {
  const fields = {
    level: "error",
    time: "2026-11-28T04:01:34.145Z",
    message: "request",
    method: "GET",
    route: "/api/projects/:id",
    status: 500,
    duration_ms: 42.1,
    err: { type: "Error", message: "backend answered 502", stack: "Error\n    at x" },
    trace_id: traceId,
    trace_flags: "01",
  };

  test("are read with their pod, and shown with what people look at first", () => {
    const line = parseLogLine(`[pod/gateway-7d9f-abcde/gateway] ${JSON.stringify(fields)}`);
    expect(line).toMatchObject({ pod: "gateway-7d9f-abcde", level: "error", sampled: true });
    expect(logText(line)).toBe(
      '04:01:34.145 error gateway-7d9f-abcde request method=GET route=/api/projects/:id status=500 duration_ms=42.1 error="Error: backend answered 502"',
    );
  });

  test("say whether the request was sampled", () => {
    expect(parseLogLine(JSON.stringify({ ...fields, trace_flags: "00" })).sampled).toBe(false);
    expect(parseLogLine(JSON.stringify({ message: "x" })).sampled).toBeUndefined();
  });

  test.each(["no JSON at all", "[1, 2]", "null", '"text"', "{broken"])("that are %j are shown as they are", (text) => {
    expect(logText(parseLogLine(`[pod/p/c] ${text}`))).toContain(`p ${text}`);
  });
});
