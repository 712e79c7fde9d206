import { StoreError } from "./object-store.ts";

/** As much of a command of the SDK as the reading of a header needs. */
interface Command {
  readonly middlewareStack: {
    // biome-ignore lint/suspicious/noExplicitAny: the SDK's own type differs for each command
    add(middleware: any, options: any): void;
  };
}

/** Makes a command note the Date header of its answer. Call what it returns after the answer: milliseconds since 1970. */
export function dateOf(command: Command): () => number {
  let date = Number.NaN;
  command.middlewareStack.add(
    (next: (args: unknown) => Promise<{ response: { headers?: Record<string, string> } }>) => async (args: unknown) => {
      const answer = await next(args);
      date = Date.parse(answer.response.headers?.date ?? "");
      return answer;
    },
    { step: "deserialize", name: "golive-date" },
  );
  return () => {
    if (Number.isNaN(date)) throw new StoreError("failed", "the store does not tell the time");
    return date;
  };
}
