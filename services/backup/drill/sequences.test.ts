import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { postgresMissing, startPostgres } from "../../../tests/postgres-server.ts";
import { connect } from "../postgres/session.ts";
import { configOf, patient, sql } from "../testing/test-world.ts";
import { drawSequences, expectedNext } from "./sequences.ts";

const counting = { increment: 1n, smallest: 1n, largest: 9_223_372_036_854_775_807n, cycle: false };
const at = (lastValue: string, called = true) => ({ schema: "public", name: "s", lastValue, called });

test.each([
  ["one never drawn from gives its own number", at("50", false), counting, 50n],
  ["one drawn from gives the next", at("50"), { ...counting, increment: 3n }, 53n],
  ["one that counts down", at("-1"), { ...counting, increment: -10n, smallest: -100n, largest: -1n }, -11n],
  ["one at its end that starts again", at("3"), { ...counting, largest: 3n, cycle: true }, 1n],
  [
    "one that counts down to its end and starts again",
    at("1"),
    { ...counting, increment: -1n, largest: 9n, cycle: true },
    9n,
  ],
  ["one at its end for good", at("3"), { ...counting, largest: 3n }, undefined],
  ["the last of 64 bits", at("9223372036854775806"), counting, 9_223_372_036_854_775_807n],
] as const)("%s", (_what, facts, how, expected) => {
  expect(expectedNext(facts, how)).toBe(expected);
});

/** Facts as a manifest has them, of a database filled from the case file; the right numbers stand in its header. */
const facts = [
  ["s_fresh", "50", false],
  ["s_used", "50", true],
  ["s_down", "-1", true],
  ["s_cycle", "3", true],
  ["s_small", "32766", true],
  ["s_setfalse", "42", false],
  ["t_id_seq", "1000", false],
  ["s_odd", "-7", true],
] as const;
const sequences = facts.map(([name, lastValue, called]) => ({ schema: "public", name, lastValue, called }));

test.skipIf(postgresMissing())("a copy's sequences give what the originals would have given", patient, async () => {
  const server = await startPostgres({ databases: ["app"] });
  try {
    const caseFile = new URL("./testing/sequences.sql", import.meta.url);
    await sql(server, "app", readFileSync(caseFile, "utf8"));
    await using session = await connect(configOf(server, "app"), "app", new AbortController().signal);
    expect(await drawSequences(session, sequences)).toEqual([]);
    const drawn = await session.query<{ name: string; last: string }>(
      "select sequencename as name, last_value::text as last from pg_sequences order by 1",
    );
    expect(drawn.map(({ name, last }) => `${name} ${last}`)).toEqual([
      "s_cycle 1",
      "s_down -11",
      "s_fresh 50",
      // Its session took twenty at once.
      "s_odd 293",
      "s_setfalse 42",
      "s_small 32767",
      "s_used 53",
      "t_id_seq 1000",
    ]);

    // Each has moved on by now, and each is told; the one at its end says so.
    const wrong = await drawSequences(session, [...sequences, { ...at("1"), name: "s_gone" }]);
    expect(wrong).toHaveLength(9);
    expect(wrong).toContain("sequence public.s_small gives an end next, it should be 32767");
    expect(wrong).toContain("sequence public.s_gone is not there");
  } finally {
    await server.stop();
  }
});
