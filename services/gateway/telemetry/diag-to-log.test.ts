import type { Logger } from "pino";
import { expect, test } from "vitest";
import { DiagToLog } from "./diag-to-log.ts";

test("the same complaint is logged once a minute, another one at once", () => {
  const lines: string[] = [];
  const log = {
    warn: (_: object, text: string) => lines.push(text),
    error: (_: object, text: string) => lines.push(text),
  };
  let now = 0;
  const diag = new DiagToLog(log as unknown as Logger, () => now);
  diag.warn("collector refused");
  diag.warn("collector refused");
  diag.error("queue full");
  now = 61_000;
  diag.warn("collector refused");
  expect(lines).toEqual(["collector refused", "queue full", "collector refused"]);
});
