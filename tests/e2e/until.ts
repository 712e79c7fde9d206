/**
 * Asks again and again until an answer comes, at most `limitMs`. A question that throws or gives undefined has no answer yet;
 * the last reason is in the error.
 */
export async function until<T>(what: string, limitMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + limitMs;
  let last: unknown = "no answer";
  do {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  } while (Date.now() < end);
  throw new Error(`${what} did not come within ${limitMs / 1000} s: ${String(last)}`);
}
