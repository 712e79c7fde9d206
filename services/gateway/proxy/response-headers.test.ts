import { expect, test } from "vitest";
import { responseHeaders } from "./response-headers.ts";

const passed = (raw: readonly string[], set: readonly string[] = []) => {
  const connection = raw[raw.findIndex((text) => text.toLowerCase() === "connection") + 1];
  const headers = raw.some((text) => text.toLowerCase() === "connection") && connection ? { connection } : {};
  return responseHeaders({ rawHeaders: [...raw], headers }, (name) => set.includes(name));
};

test("spelling, order and repetition stay as they are", () => {
  const raw = ["Link", "a", "LINK", "b", "X-Empty", "", "Set-Cookie", "a=1; Path=/", "Set-Cookie", "b=2"];
  expect(passed(raw)).toEqual(raw);
});

test("what belongs to the upstream's connection stays there, but for the length", () => {
  const raw = ["Connection", "X-Inner, Content-Length", "x-inner", "1", "Transfer-Encoding", "chunked", "Trailer", "x"];
  expect(passed([...raw, "Content-Length", "3", "Upgrade", "h2c", "ETag", "1"])).toEqual([
    ...["Content-Length", "3"],
    ...["ETag", "1"],
  ]);
});

test("where the gateway has said who may read an answer, no upstream says otherwise", () => {
  const raw = ["Access-Control-Allow-Origin", "*", "X-Trace-Id", "theirs", "RateLimit", "theirs", "Vary", "Accept"];
  expect(passed(raw)).toEqual(raw);
  expect(passed(raw, ["access-control-allow-origin", "x-trace-id", "ratelimit", "vary"])).toEqual(["Vary", "Accept"]);
});

test("no upstream sets the gateway's session", () => {
  expect(passed(["Set-Cookie", " __Host-golive =x; Secure", "set-cookie", "theme=__Host-golive"])).toEqual([
    ...["set-cookie", "theme=__Host-golive"],
  ]);
});
