import type { Rig } from "./rig.ts";

/** At once; more would only wait in the gateway. */
const width = 8;
/** Sentry's transport holds 64 events that wait and drops the others, so a drill lets them arrive in between. */
const burst = 32;

/** Does `act` so many times, some at once, and lets what each has the gateway send arrive. @param eventsEach that one of them causes */
export async function repeat(
  rig: Rig,
  times: number,
  act: (at: number) => Promise<unknown>,
  eventsEach: 0 | 1 = 1,
): Promise<void> {
  for (let from = 0; from < times; from += burst) {
    const to = Math.min(times, from + burst);
    let next = from;
    const worker = async () => {
      while (next < to) await act(next++);
    };
    await Promise.all(Array.from({ length: width }, worker));
    if (eventsEach > 0) await rig.arrived(to);
  }
}

/** Reads the answer to its end, so that its connection is free again. @returns its status */
export async function statusOf(answer: Promise<Response>): Promise<number> {
  const response = await answer;
  await response.arrayBuffer();
  return response.status;
}

/** An address of its own for each number: what the gateway takes for a client. */
export const clientAddress = (at: number): string => `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
