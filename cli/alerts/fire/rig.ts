import { setTimeout as delay } from "node:timers/promises";
import { fromEnvelopeItems } from "@golive/infra/errors/fire/from-envelope.ts";
import { fromOtlpSpan } from "@golive/infra/errors/fire/from-span.ts";
import { type EventItem, type IssueStatus, issueOf, type Observed } from "@golive/infra/errors/fire/item.ts";
import pg from "pg";
import { type GatewayProcess, startGateway, untilStatus } from "../../../services/gateway/testing/gateway-process.ts";
import { startOtlpReceiver } from "../../../services/gateway/testing/otlp-receiver.ts";
import { startSentryReceiver } from "../../../services/gateway/testing/sentry-receiver.ts";
import type { PostgresServer } from "../../../tests/postgres-server.ts";
import { decodeSpans } from "./decode-spans.ts";
import { startUpstream } from "./upstream.ts";

/** A gateway of its own, with everything that it talks to on this machine, for one rule. */
export interface Rig {
  readonly gateway: GatewayProcess;
  readonly postgres: PostgresServer;
  /** A session of the database's owner, for what goes wrong there. */
  database<T>(work: (client: pg.Client) => Promise<T>): Promise<T>;
  /** Waits until this many events arrived, and a few seconds at most: what never comes is for the verdict to say. */
  arrived(events: number): Promise<void>;
  /** All issues so far stand like this from now on, and only what follows is observed. */
  issuesAre(status: IssueStatus): void;
  /** Ends the gateway in good order, so that everything that waits is sent, and tells what left it. */
  observe(): Promise<Observed>;
  stop(): Promise<void>;
}

/** The environment that rules are for. */
export const drillEnvironment = "production";

/** A drill sends in seconds what a rule's window gives minutes for, so the gateway's own brake is out of its way. */
const drillSettings = {
  DEPLOYMENT_ENVIRONMENT: drillEnvironment,
  SENTRY_EVENTS_PER_MINUTE: "10000",
  // One in front, so that a drill can come from many addresses.
  TRUSTED_HOPS: "1",
  AUTH_SESSION_COOKIE: "true",
  RUN_STEP_SCALE: "0",
  DRAIN_TIMEOUT_SECONDS: "5",
} as const;

const arrivalLimitMs = 10_000;
/** Above what a shutdown takes at most by its own limits. */
const endLimitMs = 30_000;

/** @param database made new; the gateway's migrations run in it */
export async function startRig(
  postgres: PostgresServer,
  database: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Rig> {
  await inDatabase(postgres, "postgres", (client) => client.query(`create database ${pg.escapeIdentifier(database)}`));
  const [sentry, otlp, upstream] = await Promise.all([startSentryReceiver(), startOtlpReceiver(), startUpstream()]);
  const stopServers = async () => void (await Promise.all([sentry.stop(), otlp.stop(), upstream.stop()]));
  let gateway: GatewayProcess;
  try {
    gateway = await startGateway(postgres, {
      ...drillSettings,
      PGDATABASE: database,
      SENTRY_DSN: sentry.dsn,
      OTEL_EXPORTER_OTLP_ENDPOINT: otlp.endpoint,
      UPSTREAMS: upstream.setting,
      ...env,
    });
  } catch (error) {
    await stopServers();
    throw error;
  }

  const events = () =>
    fromEnvelopeItems(
      sentry.events.map((payload) => ({ type: "event", payload })),
      "backend",
    ).filter((item): item is EventItem => item.kind === "event");
  let before: readonly EventItem[] = [];
  let status: IssueStatus = "unresolved";
  const rig: Rig = {
    gateway,
    postgres,
    database: (work) => inDatabase(postgres, database, work),
    async arrived(count) {
      for (const limit = Date.now() + arrivalLimitMs; sentry.events.length < count && Date.now() < limit; )
        await delay(10);
    },
    issuesAre(now) {
      before = events();
      status = now;
    },
    async observe() {
      await endInOrder(gateway);
      const spans = otlp.raw.flatMap((body) => decodeSpans(Buffer.from(body, "latin1")));
      return {
        items: [...events().slice(before.length), ...spans.map((span) => fromOtlpSpan(span, "backend"))],
        issues: new Map(before.map((event) => [issueOf(event), status])),
      };
    },
    async stop() {
      await gateway.stop();
      await stopServers();
    },
  };
  try {
    await untilStatus(gateway, "/readyz", 200);
    return rig;
  } catch (error) {
    await rig.stop();
    throw error;
  }
}

async function endInOrder(gateway: GatewayProcess): Promise<void> {
  gateway.child.kill("SIGTERM");
  const timer = new AbortController();
  const late = delay(endLimitMs, "late" as const, { signal: timer.signal }).catch(() => undefined);
  const outcome = await Promise.race([gateway.ended, late]);
  timer.abort();
  if (outcome === "late") throw new Error(`the gateway did not end within ${endLimitMs / 1000} s of SIGTERM`);
}

async function inDatabase<T>(
  { host, port, user, password }: PostgresServer,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
