import { expect, test } from "vitest";
import { type BackupSketch, completeOf, drilled, verified } from "../testing/backups.ts";
import { dueForVerify, type LedgerRule, withinBudget } from "./ledger.ts";

const day = 86_400_000;
const now = new Date("2026-11-25T03:00:00Z");
const ago = (days: number): Date => new Date(now.getTime() - days * day);
const made = (days: number, more: Partial<BackupSketch> = {}): BackupSketch => ({ at: ago(days), ...more });
const rule: LedgerRule = { depth: "stored", days: 7, all: false };
const days = (entries: readonly { readonly stored: Date }[]) =>
  entries.map(({ stored }) => Math.round((now.getTime() - stored.getTime()) / day));

const opened = (of: BackupSketch, at: Date) => ({ ...verified(of, at), depth: "decrypted" as const });

test("what was never proven comes first, its newest before the others; then the oldest proof", () => {
  const entries = [
    completeOf(made(1)),
    completeOf(made(20), [verified(made(20), ago(8))]),
    completeOf(made(30), [verified(made(30), ago(29)), verified(made(30), ago(9))]),
    completeOf(made(40)),
    completeOf(made(50), [verified(made(50), ago(3))]),
  ];
  const { due, believed, red } = dueForVerify(entries, rule, now);
  expect(days(due)).toEqual([1, 40, 30, 20]);
  expect(days(believed)).toEqual([50]);
  expect(red).toEqual([]);
  expect(days(dueForVerify(entries, { ...rule, all: true }, now).due)).toEqual([1, 40, 30, 20, 50]);
});

test("who can open backups does not believe a reading of stored bytes, but a drill", () => {
  const entries = [
    completeOf(made(10), [verified(made(10), ago(1))]),
    completeOf(made(11), [opened(made(11), ago(1))]),
    completeOf(made(12), [drilled(made(12), ago(1))]),
    completeOf(made(13), [drilled(made(13), ago(1), { plane: "point-in-time" })]),
  ];
  expect(days(dueForVerify(entries, { ...rule, depth: "decrypted" }, now).due)).toEqual([10, 13]);
  expect(days(dueForVerify(entries, rule, now).due)).toEqual([13]);
});

test("what failed lately is red without being read again; later it is read before the others", () => {
  const entries = [
    completeOf(made(10), [verified(made(10), ago(9)), verified(made(10), ago(1), "sha256")]),
    completeOf(made(11), [verified(made(11), ago(8), "sha256")]),
    completeOf(made(12), [verified(made(12), ago(2), "sha256"), verified(made(12), ago(1))]),
  ];
  const { due, believed, red } = dueForVerify(entries, rule, now);
  expect(red.map(({ problem, entry }) => [days([entry])[0], problem])).toEqual([[10, "sha256"]]);
  expect(days(due)).toEqual([11]);
  expect(days(believed)).toEqual([12]);
});

test("a drill that broke by itself says nothing", () => {
  const broke = drilled(made(10), ago(1), { outcome: "failed", blame: "drill", problem: "no space" });
  const { due, red } = dueForVerify([completeOf(made(10), [broke])], rule, now);
  expect([days(due), red]).toEqual([[10], []]);
});

test("a budget ends the run at the first that does not fit, and never before one was read", () => {
  const due = [5, 3, 9, 1].map((size) => completeOf(made(size, { dump: Buffer.alloc(size) })));
  expect(days(withinBudget(due, 8))).toEqual([5, 3]);
  expect(days(withinBudget(due, 16))).toEqual([5, 3]);
  expect(days(withinBudget(due, 17))).toEqual([5, 3, 9]);
  expect(days(withinBudget(due, 0))).toEqual([5]);
  expect(withinBudget([], 0)).toEqual([]);
});
