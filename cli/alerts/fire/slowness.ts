import { setTimeout as delay } from "node:timers/promises";
import { amountFor } from "./dose.ts";
import { repeat, statusOf } from "./requests.ts";
import type { Rig } from "./rig.ts";
import type { LiveScenario } from "./scenario.ts";
import { upstreamPrefix } from "./upstream.ts";

/** Enough that one more or less does not decide. */
const requests = 100;
/** At half of the failures the breaker opens, and then answers differ. */
const maxShare = 0.4;

export const failingUpstream: LiveScenario = {
  about: "requests to a service of which a share is answered with 500",
  async play(rig, rule, dose) {
    const share = Math.min(maxShare, amountFor(rule, dose));
    const failed = dose === "enough" ? Math.ceil(share * requests) + 1 : Math.floor(share * requests);
    await repeat(
      rig,
      requests,
      // Spread over all, as failures come.
      (at) => {
        const fails = Math.floor(((at + 1) * failed) / requests) > Math.floor((at * failed) / requests);
        return statusOf(rig.gateway.fetch(`${upstreamPrefix}/${fails ? "fail" : "ok"}`));
      },
      0,
    );
  },
};

/** All at once, so that the drill takes hardly longer than one of them. */
const slowRequests = 16;

export const slowUpstream: LiveScenario = {
  about: "requests to a service that takes its time",
  async play(rig, rule, dose) {
    const ms = Math.round(amountFor(rule, dose));
    const one = () => statusOf(rig.gateway.fetch(`${upstreamPrefix}/slow/${ms}`));
    // The first request of a process takes longer for reasons of its own.
    await statusOf(rig.gateway.fetch(`${upstreamPrefix}/ok`));
    await Promise.all(Array.from({ length: slowRequests }, one));
  },
};

/** More than a twentieth of all statements of a gateway that has just started, which its migrations are most of. */
const lockedReads = 25;
const lockLimitMs = 4_000;

export const lockedTable: LiveScenario = {
  about: "reads that wait for somebody who holds a lock on their table",
  env: { POOL_SIZE: "30" },
  async play(rig, rule, dose) {
    const readAll = () =>
      Promise.all(Array.from({ length: lockedReads }, () => statusOf(rig.gateway.fetch("/api/projects"))));
    // Opens the pool's connections, which is not what is measured.
    await readAll();
    const reading = await whileLocked(rig, async (waiting) => {
      const all = readAll();
      await waiting(lockedReads);
      await delay(amountFor(rule, dose));
      return { all };
    });
    await reading.all;
  },
};

/** Holds the lock until `work` is done. @param work is given how to wait until so many sessions wait for the lock */
async function whileLocked<T>(
  rig: Rig,
  work: (waiting: (sessions: number) => Promise<void>) => Promise<T>,
): Promise<T> {
  return await rig.database(async (client) => {
    const waiting = async (sessions: number) => {
      for (const limit = Date.now() + lockLimitMs; ; await delay(5)) {
        const { rows } = await client.query<{ count: number }>(
          "select count(*)::int as count from pg_locks where not granted and relation = 'projects'::regclass",
        );
        const count = rows[0]?.count ?? 0;
        if (count >= sessions) return;
        if (Date.now() > limit) throw new Error(`${count} of ${sessions} reads met the lock within ${lockLimitMs} ms`);
      }
    };
    await client.query("begin; lock table projects in access exclusive mode");
    try {
      return await work(waiting);
    } finally {
      await client.query("commit");
    }
  });
}
