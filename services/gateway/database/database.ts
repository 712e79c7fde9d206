import pg from "pg";
import type { Logger } from "pino";
import type { DatabaseConfig } from "../config.ts";
import type { PoolCounts } from "../telemetry/metrics.ts";
import { clientClass, connectionConfig } from "./connection.ts";
import { DatabaseUnavailable, failureOf, saysUnreplicated } from "./failure.ts";

/** Runs one parameterised statement. */
export type Query = <Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/**
 * The pool, and the rule of what leaves it: a connection is dropped when it died, and all of them are when the server behind
 * them turns out to be a demoted primary. So a failover costs the requests of that moment a 503 and never a restart.
 */
export class Database {
  readonly #pool: pg.Pool;
  readonly #bornIn = new WeakMap<pg.PoolClient, number>();
  #generation = 0;

  constructor(config: DatabaseConfig, log: Logger) {
    const pool = new pg.Pool({
      ...connectionConfig(config),
      Client: clientClass(config),
      max: config.poolSize,
      idleTimeoutMillis: 30_000,
      // A connection outlives neither its password nor its place in a rebalanced cluster by more than this.
      maxLifetimeSeconds: 1_800,
      // Three limits, each a little above the one it contains: a lock, a statement, and an answer that never comes.
      lock_timeout: 5_000,
      statement_timeout: 10_000,
      query_timeout: 12_000,
      idle_in_transaction_session_timeout: 15_000,
    });
    pool.on("connect", (client) => this.#bornIn.set(client, this.#generation));
    // Without a listener, an idle connection that the server closes would end the process.
    pool.on("error", (error) => log.warn({ err: error }, "an idle database connection was lost"));
    this.#pool = pool;
  }

  /** One statement on its own. @throws DatabaseUnavailable, or the driver's error about the statement. */
  query: Query = (sql, values) => this.#use((query) => query(sql, values));

  /** All of `work` or nothing. Read committed: rows that decide something must be locked by `for update`. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.#use(async (query) => {
      await query("begin");
      try {
        const result = await work(query);
        await query("commit");
        return result;
      } catch (error) {
        // On a dead connection the rollback fails too, and the first error is the one that tells why.
        if (failureOf(error) !== "connection") await query("rollback").catch(() => undefined);
        throw error;
      }
    });
  }

  /** Whether writes would be accepted, asked of the server itself. A standby's connections are expired on the way. */
  async isWritable(): Promise<boolean> {
    const rows = await this.query<{ writable: boolean }>("select not pg_is_in_recovery() as writable");
    const writable = rows[0]?.writable === true;
    if (!writable) this.#expireConnections();
    return writable;
  }

  counts(): PoolCounts {
    const { totalCount, idleCount, waitingCount, options } = this.#pool;
    return { total: totalCount, idle: idleCount, waiting: waitingCount, max: options.max };
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  async #use<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const client = await this.#acquire();
    let spoiled = false;
    const onError = () => {
      spoiled = true;
    };
    let unreplicated = false;
    const onNotice = (notice: { message?: string | undefined }) => {
      unreplicated ||= saysUnreplicated(notice);
    };
    // A checked-out connection that dies between two statements has nobody else who listens.
    client.on("error", onError);
    client.on("notice", onNotice);
    try {
      const result = await work(async (sql, values) => (await client.query(sql, values && [...values])).rows);
      // Nothing is confirmed to a client that a failover could take back.
      if (unreplicated) throw new DatabaseUnavailable("committed, but no standby confirmed it in time");
      return result;
    } catch (error) {
      const failure = failureOf(error);
      if (failure === "none") throw error;
      if (failure === "read-only") this.#expireConnections();
      spoiled ||= failure !== "busy";
      throw new DatabaseUnavailable(`the database cannot serve (${failure})`, { cause: error });
    } finally {
      client.off("error", onError);
      client.off("notice", onNotice);
      client.release(spoiled);
    }
  }

  async #acquire(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.#connect();
      if (this.#bornIn.get(client) === this.#generation) return client;
      client.release(true);
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw new DatabaseUnavailable("no database connection", { cause: error });
    }
  }

  /** Connections made before now are closed when their turn comes instead of being used. */
  #expireConnections(): void {
    this.#generation += 1;
  }
}
