import { expect, test } from "vitest";
import type { z } from "zod";
import { environment } from "./config.ts";
import { settingsTable, tableInReadme } from "./testing/settings-table.ts";

test("the README's table of settings is that of the program; node testing/settings-table.ts writes it", () => {
  expect(tableInReadme()).toBe(settingsTable());
});

test("every setting says what it is", () => {
  const silent = Object.entries<z.ZodType>(environment.shape).filter(
    ([, { description = "" }]) => description.length < 8,
  );
  expect(silent.map(([name]) => name)).toEqual([]);
});
