import { expect, test } from "vitest";
import type { Told } from "./last-told.ts";
import { type Telling, whatToTell } from "./what-to-tell.ts";

const now = new Date("2026-11-25T12:00:00Z");
const told = (state: Told["state"], hoursAgo: number, undelivered: string[] = [], about: string[] = []): Told => ({
  version: 1,
  state,
  at: new Date(now.getTime() - hoursAgo * 3_600_000).toISOString(),
  since: "2026-11-20T00:00:00Z",
  undelivered,
  about,
});
const all = (kind: Telling["kind"]): Telling => ({ kind, to: "all" });

/** A run that tells of each failure. */
const eachTime = { success: false, againHours: 0 };
/** The monitor, which looks every few hours. */
const daily = { success: false, againHours: 24 };

test.each([
  ["a first failure", { state: "failing" }, undefined, eachTime, all("failure")],
  ["a failure after a failure", { state: "failing" }, told("failing", 1), eachTime, all("failure")],
  ["a backup that does not restore", { state: "failing", code: "DRILL_RED" }, undefined, eachTime, all("red-drill")],
  ["a drill that broke", { state: "failing", code: "DRILL_FAILED" }, undefined, eachTime, all("failure")],
  ["an anomaly", { state: "anomalous" }, undefined, eachTime, all("anomaly")],
  ["well after a failure", { state: "well" }, told("failing", 1), eachTime, all("recovery")],
  ["well after an anomaly", { state: "well" }, told("anomalous", 1), eachTime, all("recovery")],
  ["well as ever", { state: "well" }, undefined, eachTime, { kind: "recovery", to: ["pagerduty"] }],
  ["well, with summaries", { state: "well" }, undefined, { ...eachTime, success: true }, all("success")],
  [
    "well again, which Slack does not know",
    { state: "well" },
    told("well", 24, ["slack"]),
    eachTime,
    { kind: "recovery", to: ["pagerduty", "slack"] },
  ],
  ["still red after an hour", { state: "failing" }, told("failing", 1), daily, undefined],
  ["still red after a day", { state: "failing" }, told("failing", 25), daily, all("failure")],
  [
    "still red, which nobody knows by mail",
    { state: "failing" },
    told("failing", 1, ["email"]),
    daily,
    { kind: "failure", to: ["email"] },
  ],
  ["still red by a day that was a minute short", { state: "failing" }, told("failing", 23.99), daily, all("failure")],
  [
    "told two days in the future, by a clock that was ahead",
    { state: "failing" },
    told("failing", -48),
    daily,
    all("failure"),
  ],
  [
    "still red, and another check with it",
    { state: "failing", about: ["size", "drill"] },
    told("failing", 1, [], ["size"]),
    daily,
    all("failure"),
  ],
  [
    "still red, but in fewer checks",
    { state: "failing", about: ["size"] },
    told("failing", 1, [], ["size", "drill"]),
    daily,
    undefined,
  ],
  ["worse than a warning", { state: "failing" }, told("anomalous", 1), daily, all("failure")],
  ["better, and still not well", { state: "anomalous" }, told("failing", 1), daily, all("anomaly")],
] as const)("%s", (_what, outcome, last, rules, expected) => {
  expect(whatToTell(outcome, last, now, rules)).toEqual(expected);
});
