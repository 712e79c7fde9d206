import fc from "fast-check";
import { expect, test } from "vitest";
import { parseId } from "./trace-id.ts";

const id = "0af7651916cd43dd8448eb211c80319c";

test.each([
  [id],
  [id.toUpperCase()],
  [` ${id}\n`],
  ["0af76519-16cd-43dd-8448-eb211c80319c"],
  [`00-${id}-b7ad6b7169203331-01`],
])("%j is taken", (given) => {
  expect(parseId(given)).toBe(id);
});

test.each(["", "abc", "0".repeat(32), `${id}0`, "g".repeat(32), `00-${id}-01`, "BACKEND-1"])(
  "%j is refused with what to give",
  (given) => {
    expect(() => parseId(given)).toThrow(
      expect.objectContaining({ code: "USAGE", message: `"${given}" is no id of a trace or an event` }),
    );
  },
);

test("whatever is given, it is an id of 32 hex digits or a refusal", () => {
  fc.assert(
    fc.property(fc.string(), (given) => {
      try {
        expect(parseId(given)).toMatch(/^[0-9a-f]{32}$/);
      } catch (error) {
        expect(error).toMatchObject({ code: "USAGE" });
      }
    }),
  );
});
