import fc from "fast-check";
import { expect, test } from "vitest";
import { redactAddress } from "./redact-address.ts";
import { secretWord } from "./testing/secrets.ts";

test.each([
  ["/users/bob%40example.com/orders", "/users/REDACTED/orders"],
  ["/users/bob%2540example.com", "/users/REDACTED"],
  ["/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc?next=1", "/reset/REDACTED?next=1"],
  ["%74oken=abc&limit=2", "%74oken=REDACTED&limit=2"],
  ["limit=2&email=a%40b.example", "limit=2&email=REDACTED"],
  ["https://bot:pw@git.example/r.git?x=1", "https://bot:REDACTED@git.example/r.git?x=1"],
  ["/a?b=1#access_token=abc", "/a?b=1#access_token=REDACTED"],
  ["/api/projects/01a21058-56ed-760c-a703-2b94c7fb6895", "/api/projects/01a21058-56ed-760c-a703-2b94c7fb6895"],
  ["/100%/%zz?q=a+b", "/100%/%zz?q=a+b"],
  ["limit=20&cursor=abc", "limit=20&cursor=abc"],
  ["", ""],
])("%s is shown as %s", (given, expected) => {
  expect(redactAddress(given)).toBe(expected);
});

const everyByte = (text: string) =>
  Array.from(text, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
const encodings = [(text: string) => text, encodeURIComponent, everyByte, (text: string) => everyByte(everyByte(text))];

test("no secret survives in an address, however its name and value are encoded", () => {
  const encode = fc.constantFrom(...encodings);
  const name = fc.constantFrom("token", "api_key", "password", "code");
  fc.assert(
    fc.property(secretWord, encode, encode, name, (secret, inName, inValue, parameter) => {
      const query = `a=1&${inName(parameter)}=${inValue(secret)}&b=2`;
      for (const text of [query, `/p?${query}`, `http://h/p?${query}`, `/u/${inValue(`${secret}@example.com`)}/x`]) {
        const shown = redactAddress(text);
        expect(shown).not.toContain(secret);
        expect(shown).not.toContain(inValue(secret));
      }
    }),
  );
});
