import { expect, test } from "vitest";
import type { VerifiedToken } from "./claims.ts";
import { RecentTokens } from "./recent-tokens.ts";
import { CredentialRefused } from "./refusals.ts";

const epoch = 1_800_000_000_000;

/** A verifier that counts, and clocks that stand still until they are moved. */
function world(expiresInSeconds = 3600) {
  const clock = { ms: 0 };
  const asked: string[] = [];
  const state = { refuses: false };
  const verify = async (text: string): Promise<VerifiedToken> => {
    asked.push(text);
    if (state.refuses) throw new CredentialRefused("signature");
    return { id: text, roles: [], session: undefined, expires: epoch / 1000 + expiresInSeconds };
  };
  const recent = new RecentTokens({ verify }, { now: () => clock.ms, wallClock: () => epoch + clock.ms });
  return { clock, asked, state, recent };
}

test("a good token is verified once in five seconds, each token for itself", async () => {
  const { clock, asked, recent } = world();
  for (const text of ["a", "a", "b", "a"]) expect((await recent.verify(text)).id).toBe(text);
  expect(asked).toEqual(["a", "b"]);
  clock.ms = 5_001;
  await recent.verify("a");
  expect(asked).toEqual(["a", "b", "a"]);
});

test("a key that was taken away lets its tokens through for five seconds at most", async () => {
  const { clock, state, recent } = world();
  await recent.verify("a");
  state.refuses = true;
  clock.ms = 4_999;
  expect((await recent.verify("a")).id).toBe("a");
  clock.ms = 5_000;
  await expect(recent.verify("a")).rejects.toThrow(CredentialRefused);
  await expect(recent.verify("a")).rejects.toThrow(CredentialRefused);
});

test("nothing is remembered beyond the token's own end", async () => {
  const { clock, asked, recent } = world(2);
  await recent.verify("a");
  clock.ms = 1_999;
  await recent.verify("a");
  expect(asked).toHaveLength(1);
  clock.ms = 2_000;
  await recent.verify("a");
  await recent.verify("a");
  expect(asked).toHaveLength(3);
});

test("a refusal is never remembered", async () => {
  const { asked, state, recent } = world();
  state.refuses = true;
  for (let n = 0; n < 3; n++) await expect(recent.verify("a")).rejects.toThrow(CredentialRefused);
  expect(asked).toHaveLength(3);
  state.refuses = false;
  expect((await recent.verify("a")).id).toBe("a");
});

test("tokens without end are not remembered without end", async () => {
  const { asked, recent } = world();
  for (let n = 0; n < 3_000; n++) await recent.verify(`t${n}`);
  await recent.verify("t2999");
  expect(asked).toHaveLength(3_000);
  await recent.verify("t0");
  expect(asked).toHaveLength(3_001);
});
