import { GoliveError } from "@golive/errors/golive-error.ts";
import { redact } from "@golive/errors/redact.ts";
import {
  ConcurrentUpdateError,
  type Deployment,
  type EngineEvent,
  LocalWorkspace,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import type { Report } from "../core/local-api.ts";
import type { Changes, Engine, EngineTarget, OpenStack, Previewed, PreviewRun } from "./engine.ts";
import { UpdateLog } from "./events.ts";
import { pulumiCommand } from "./pulumi-command.ts";

/** Ongoing creations (a database, a volume) get this long to end in good order before pulumi is told to leave them. */
const cancelGraceMs = 60_000;

/** The engine as it is: Pulumi's Automation API with an inline program. */
export function automationEngine({ signal, groups }: { signal: AbortSignal; groups: Set<number> }): Engine {
  return {
    async open(target) {
      const command = await pulumiCommand(target.pulumi, { groups, onChild: target.onChild, grace: cancelGraceMs });
      // An error of the program travels through the engine as text; the original one tells more.
      let thrown: unknown;
      const program = async () => {
        try {
          return await target.program();
        } catch (error) {
          thrown = error;
          throw error;
        }
      };
      const stack = await LocalWorkspace.createOrSelectStack(
        { stackName: target.stack, projectName: target.project, program },
        { workDir: target.workDir, envVars: target.env, pulumiCommand: command },
      );
      return openStack(stack, target, signal, () => thrown);
    },
  };
}

function openStack(stack: Stack, target: EngineTarget, signal: AbortSignal, thrown: () => unknown): OpenStack {
  /** Runs one operation, showing its events; its error tells the failing resources and nothing else. */
  async function watched<T>(
    report: Report,
    run: (options: Watch) => Promise<T>,
    log = new UpdateLog(),
  ): Promise<{ result: T; log: UpdateLog }> {
    const onEvent = (event: EngineEvent) => {
      const line = log.take(event);
      if (line !== undefined) report(line);
    };
    const output = (text: string) => target.log(text);
    try {
      return { result: await run({ onEvent, onOutput: output, onError: output, signal, color: "never" }), log };
    } catch (error) {
      target.log(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      signal.throwIfAborted();
      throw failure(target, thrown() ?? error, log);
    }
  }
  async function previewed(report: Report, { refresh = false, plan }: PreviewRun): Promise<Previewed> {
    const events: EngineEvent[] = [];
    const run = { ...(refresh ? { refresh } : {}), ...(plan === undefined ? {} : { plan }) };
    try {
      await watched(
        report,
        ({ onEvent, ...options }) =>
          stack.preview({
            ...options,
            ...run,
            onEvent: (event) => {
              events.push(event);
              onEvent(event);
            },
          }),
        new UpdateLog("preview"),
      );
      return { events, failure: undefined };
    } catch (error) {
      if (error instanceof GoliveError && error.code === "UPDATE_FAILED") return { events, failure: error };
      throw error;
    }
  }
  return {
    hasConfig: async (key) => key in (await stack.getAllConfig()),
    setSecret: (key, value) => stack.setConfig(key, { value, secret: true }),
    cancel: () => stack.cancel(),
    async pending() {
      const { deployment } = await stack.exportStack();
      return ((deployment as { pending_operations?: unknown[] } | undefined)?.pending_operations ?? []).length;
    },
    async refresh(report) {
      const { log } = await watched(report, (options) => stack.refresh({ ...options, clearPendingCreates: true }));
      return log.changes;
    },
    async up(report, { plan, refresh = false } = {}) {
      const planned = { ...(plan === undefined ? {} : { plan }), ...(refresh ? { refresh } : {}) };
      const { result, log } = await watched(report, (options) => stack.up({ ...options, ...planned }));
      return {
        changes: (result.summary.resourceChanges as Changes | undefined) ?? log.changes,
        outputs: result.outputs,
      };
    },
    preview: (report, run = {}) => previewed(report, run),
    importState: (exported) => stack.importStack(exported as Deployment),
    async destroy(report) {
      const { log } = await watched(report, (options) => stack.destroy(options));
      return log.changes;
    },
  };
}

interface Watch {
  onEvent(event: EngineEvent): void;
  onOutput(text: string): void;
  onError(text: string): void;
  signal: AbortSignal;
  color: "never";
}

function failure(target: EngineTarget, error: unknown, log: UpdateLog): GoliveError {
  const cause = error instanceof Error ? error : new Error(String(error));
  if (cause instanceof GoliveError) return cause;
  if (cause instanceof ConcurrentUpdateError) {
    return new GoliveError(
      "LOCKED",
      `another update of stack "${target.stack}" holds its state`,
      "Wait for it to end, then run the same command again.",
      { cause },
    );
  }
  const failures = log.failures();
  const shown = failures.length > 0 ? failures : [cause.message.split("\n").slice(0, 6).join("\n")];
  const count = log.failed === 1 ? "1 resource failed" : `${log.failed} resources failed`;
  const head =
    log.failed > 0 ? `${count} in stack "${target.stack}"` : `stack "${target.stack}" could not be brought up to date`;
  return new GoliveError(
    "UPDATE_FAILED",
    redact([head, ...shown.map((line) => `  ${line.replaceAll("\n", "\n  ")}`)].join("\n")),
    `Everything that Pulumi said is in ${target.workDir.replace(/\/work$/, "")}/last-update.log; run the same command again to go on from here.`,
    { cause },
  );
}
