import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { Changes } from "./engine.ts";

/** What a run of the engine has shown so far. Pure: events in, lines and failures out. */
export class UpdateLog {
  changes: Changes = {};
  readonly #changes: boolean;
  #running = new Map<string, string>();
  #done = 0;
  #failed = new Set<string>();
  #errors = new Map<string, string[]>();

  /** @param of `preview`: nothing is changed, so nothing is said to be */
  constructor(of: "update" | "preview" = "update") {
    this.#changes = of === "update";
  }

  /** Takes an event; returns a line worth showing, if there is one. */
  take(event: EngineEvent): string | undefined {
    const { resourcePreEvent: before, resOutputsEvent: after, resOpFailedEvent: failed, diagnosticEvent: said } = event;
    if (event.summaryEvent) this.changes = event.summaryEvent.resourceChanges as Changes;
    if (before && this.#changes && verbOf[before.metadata.op] !== undefined) {
      this.#running.set(before.metadata.urn, verbOf[before.metadata.op] as string);
      return this.#line(before.metadata.urn);
    }
    if (after) {
      this.#done += 1;
      this.#running.delete(after.metadata.urn);
      if (!this.#changes) return this.#done % previewStep === 0 ? `${this.#done} resources compared` : undefined;
      const [next] = this.#running.keys();
      return next === undefined ? undefined : this.#line(next);
    }
    if (failed) {
      this.#running.delete(failed.metadata.urn);
      this.#failed.add(failed.metadata.urn);
    }
    if (said?.severity === "error") this.#note(said.urn ?? "", said.message);
    // The Kubernetes provider says what it waits for ("[1/2] Waiting for …") as ephemeral messages.
    if (said?.urn && said.ephemeral && said.message.trim() !== "" && this.#running.has(said.urn)) {
      return `${this.#line(said.urn)}: ${oneLine(said.message)}`;
    }
    return undefined;
  }

  /** The resources that failed with their own messages; the engine's summing-up only where there is nothing else. */
  failures(): string[] {
    const own = [...this.#errors].filter(([urn]) => urn !== "" && !urn.includes("::pulumi:pulumi:Stack::"));
    const rest = [...this.#errors].filter(([urn]) => urn === "" || urn.includes("::pulumi:pulumi:Stack::"));
    const chosen = own.length > 0 ? own : rest;
    return chosen.map(([urn, messages]) => [label(urn), ...messages].filter(Boolean).join(": "));
  }

  /** How many resource operations failed. */
  get failed(): number {
    return this.#failed.size;
  }

  #line(urn: string): string {
    return `${this.#running.get(urn)} ${label(urn)} (${this.#done} done, ${this.#running.size} in hand)`;
  }

  #note(urn: string, message: string): void {
    const clean = message.trim();
    const known = this.#errors.get(urn) ?? [];
    if (clean !== "" && !known.includes(clean)) this.#errors.set(urn, [...known, clean]);
  }
}

/** Resources between two lines of a preview, which takes seconds. */
const previewStep = 25;

/** Only what changes something is worth a line. */
const verbOf: Readonly<Record<string, string>> = {
  create: "creating",
  "create-replacement": "replacing",
  update: "updating",
  replace: "replacing",
  delete: "deleting",
  "delete-replaced": "deleting the old",
  refresh: "comparing",
};

/** `urn:pulumi:local::golive::golive:gateway:Gateway$kubernetes:apps/v1:Deployment::gateway` → `Deployment gateway`. */
export function label(urn: string): string {
  if (urn === "") return "";
  const [, , types = "", ...name] = urn.split("::");
  const type = types.split("$").at(-1) ?? "";
  return `${type.split(":").at(-1)} ${name.join("::")}`;
}

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();
