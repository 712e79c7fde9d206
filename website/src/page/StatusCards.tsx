import { type ReactNode, useEffect, useState } from "react";
import type { Drill, ProvenBackup } from "../../server/status.ts";
import { ago, askStatus, type Seen, worst } from "./status.ts";

const everyMs = 60_000;

/** The state of the platform that serves this site, as its metrics tell it; "unknown" is never shown as good. */
export function StatusCards(): ReactNode {
  const [{ seen, now }, setAnswer] = useState<{ seen: Seen; now: number }>({ seen: "unknown", now: 0 });
  useEffect(() => {
    const ends = new AbortController();
    const look = async () => {
      const answer = await askStatus(ends.signal);
      if (!ends.signal.aborted) setAnswer({ seen: answer, now: Date.now() });
    };
    void look();
    const timer = setInterval(look, everyMs);
    return () => {
      ends.abort();
      clearInterval(timer);
    };
  }, []);

  return (
    <section className="status-cards" aria-label="Status of this platform">
      {seen === "unknown" ? (
        ["Last proven backup", "Last drill", "Alerts"].map((title) => (
          <Card key={title} title={title} state="unknown">
            unknown
          </Card>
        ))
      ) : (
        <>
          <BackupCard backup={seen.lastProvenBackup} now={now} />
          <DrillCard drill={seen.lastDrill} now={now} />
          <AlertsCard firing={seen.firing} />
        </>
      )}
    </section>
  );
}

interface CardProps {
  readonly title: string;
  readonly state: "good" | "warn" | "bad" | "unknown";
  readonly children: ReactNode;
}

const Card = ({ title, state, children }: CardProps): ReactNode => (
  <div className="status-card" data-state={state}>
    <span className="status-card__title">{title}</span>
    <span className="status-card__value">{children}</span>
  </div>
);

function BackupCard({
  backup,
  now,
}: {
  readonly backup: ProvenBackup | "unknown" | null;
  readonly now: number;
}): ReactNode {
  const title = "Last proven backup";
  if (backup === "unknown") return <Card {...{ title, state: "unknown" }}>unknown</Card>;
  if (backup === null) return <Card {...{ title, state: "bad" }}>never</Card>;
  return (
    <Card title={title} state={backup.late ? "bad" : "good"}>
      <time dateTime={backup.at}>{ago(backup.at, now)}</time>
      {backup.late && ", too old"}
    </Card>
  );
}

function DrillCard({ drill, now }: { readonly drill: Drill | "unknown" | null; readonly now: number }): ReactNode {
  const title = "Last drill";
  if (drill === "unknown") return <Card {...{ title, state: "unknown" }}>unknown</Card>;
  if (drill === null) return <Card {...{ title, state: "warn" }}>never</Card>;
  if (drill.outcome === "failed") return <Card {...{ title, state: "bad" }}>failed</Card>;
  return (
    <Card title={title} state="good">
      passed <time dateTime={drill.at}>{ago(drill.at, now)}</time>
    </Card>
  );
}

function AlertsCard({ firing }: Pick<Exclude<Seen, "unknown">, "firing">): ReactNode {
  const state = { page: "bad", ticket: "warn", none: "good" } as const;
  return (
    <Card title="Alerts" state={state[worst(firing)]}>
      {firing.length === 0
        ? "none firing"
        : firing.map(({ name, slug }, at) => (
            <span key={name}>
              {at > 0 && ", "}
              {slug === null ? name : <a href={`/alerts/${slug}/`}>{name}</a>}
            </span>
          ))}
    </Card>
  );
}
