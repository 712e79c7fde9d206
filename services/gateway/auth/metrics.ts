import { Counter, Gauge, type Registry } from "@prometheus-io/client";
import { type Refusal, refusals } from "./refusals.ts";

/** How the credentials of one request ended. */
export type AuthenticationOutcome = "accepted" | "anonymous" | "identity-unavailable" | Refusal;

const outcomes: readonly AuthenticationOutcome[] = [
  "accepted",
  "anonymous",
  "identity-unavailable",
  ...(Object.keys(refusals) as Refusal[]),
];

export class AuthMetrics {
  readonly #authentications: Counter<"outcome">;
  readonly #fetches: Counter<"outcome">;
  /** Monotonic, in ms; NaN until the first keys came. */
  #keysLoadedAt = Number.NaN;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#authentications = new Counter({
      name: "authentications_total",
      help: "Requests by what became of their credentials",
      labelNames: ["outcome"],
      registers,
    });
    for (const outcome of outcomes) this.#authentications.inc({ outcome }, 0);
    this.#fetches = new Counter({
      name: "jwks_fetches_total",
      help: "Fetches of the identity provider's public keys",
      labelNames: ["outcome"],
      registers,
    });
    for (const outcome of ["ok", "failed"]) this.#fetches.inc({ outcome }, 0);
    const age = () => (performance.now() - this.#keysLoadedAt) / 1000;
    new Gauge({
      name: "jwks_age_seconds",
      help: "Time since the identity provider's public keys were last fetched; NaN before the first time",
      registers,
      collect() {
        this.set(age());
      },
    });
  }

  authentication(outcome: AuthenticationOutcome): void {
    this.#authentications.inc({ outcome });
  }

  keysFetched(outcome: "ok" | "failed"): void {
    this.#fetches.inc({ outcome });
    if (outcome === "ok") this.#keysLoadedAt = performance.now();
  }
}
