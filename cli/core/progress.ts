import { redact } from "@golive/errors/redact.ts";
import type { ListrTask } from "listr2";
import { elapsed } from "./elapsed.ts";
import type { Step, Terminal } from "./world.ts";

export interface ProgressOptions {
  readonly terminal: Terminal;
  readonly stream: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

/**
 * Runs steps in order and shows them on `stream` (stderr: stdout is the verb's result).
 * A terminal gets listr2's live list. Anything else gets one line an event, with the time since the start, no colour codes.
 */
export async function runSteps(steps: readonly Step[], options: ProgressOptions): Promise<void> {
  if (options.terminal.isTTY) return await liveList(steps, options);
  const started = performance.now();
  const line = (text: string) => options.stream.write(`${sinceStart(started)} ${redact(text)}\n`);
  for (const step of steps) await plainStep(step, line, options.signal);
}

const sinceStart = (started: number) => `[${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s]`;

/** Lines for logs: the step, each thing that it reports (never twice the same in a row), and how it ended. */
export async function plainStep(step: Step, line: (text: string) => void, signal: AbortSignal): Promise<void> {
  const skipped = step.skip?.() ?? false;
  if (skipped !== false) {
    line(`- ${step.title}: skipped, ${skipped}`);
    return;
  }
  if (!step.evenWhenAborted) signal.throwIfAborted();
  line(`> ${step.title}`);
  const started = performance.now();
  let last = "";
  try {
    const outcome = await step.run((text) => {
      if (text !== last) line(`    ${text}`);
      last = text;
    });
    line(`+ ${step.title}: ${outcome ?? "done"} (${elapsed(performance.now() - started)})`);
  } catch (error) {
    line(`x ${step.title}: ${signal.aborted ? "stopped" : "failed"} (${elapsed(performance.now() - started)})`);
    throw error;
  }
}

async function liveList(steps: readonly Step[], { terminal, stream, signal }: ProgressOptions): Promise<void> {
  // Loaded only for a terminal: every verb would wait for it otherwise.
  const { Listr, ListrLogger, ProcessOutput } = await import("listr2");
  const tasks: ListrTask[] = steps.map((step) => ({
    title: step.title,
    skip: () => {
      const why = step.skip?.() ?? false;
      return why === false ? false : `${step.title}: skipped, ${why}`;
    },
    task: async (_context, task) => {
      if (!step.evenWhenAborted) signal.throwIfAborted();
      const started = performance.now();
      const outcome = await step.run((text) => {
        task.output = redact(text);
      });
      task.title = `${step.title}: ${outcome ?? "done"} (${elapsed(performance.now() - started)})`;
    },
  }));
  const logger = new ListrLogger({ processOutput: new ProcessOutput(stream, stream), useIcons: true });
  const list = new Listr(tasks, {
    concurrent: false,
    // Ctrl-C is main's: listr2 would end the process under a running update.
    registerSignalListeners: false,
    renderer: "default",
    forceTTY: true,
    rendererOptions: { logger, collapseErrors: false, showErrorMessage: false, lazy: !terminal.colour },
  });
  await list.run();
}
