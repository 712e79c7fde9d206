import { GoliveError } from "@golive/errors/golive-error.ts";
import { oneLine } from "../core/one-line.ts";
import { stackFlag, text, verb } from "../core/verb.ts";
import { readSettings, stackName } from "../stack/settings.ts";
import { askJson } from "../trace/ask.ts";
import { prometheusAddress } from "./prometheus-address.ts";
import { type PromAnswer, readAnswer, samplesOf, samplesText } from "./samples.ts";

export const query = verb({
  about: "ask the stack's Prometheus for the value of an expression now",
  details:
    "Evaluates an expression of PromQL in the Prometheus of a stack and prints one line a series: its labels and its value. Where the stack " +
    "publishes no ports, the question goes through the API server of its cluster. No data is an answer, with exit 0.",
  args: [{ name: "promql", about: "an expression, in single quotes for the shell", required: true }],
  flags: { stack: stackFlag },
  json: true,
  examples: [
    { run: "golive query 'up==0'", about: "what cannot be scraped" },
    { run: `golive query 'ALERTS{alertstate="firing"}' --stack production`, about: "what fires" },
  ],
  exits: ["CONFIG_INVALID", "CLUSTER_UNREACHABLE"],
  async run(world, input) {
    const expr = text(input, "promql") ?? "";
    const settings = await readSettings(world, stackName(world, input));
    const address = await prometheusAddress(world, settings);
    try {
      const url = `${address.origin}/api/v1/query?query=${encodeURIComponent(expr)}`;
      const samples = samplesOf(accepted(await askJson(world, url, { expected: [200, 400, 422, 503] }), expr));
      return { exit: 0, json: { stack: settings.stack, query: expr, samples }, text: samplesText(samples) };
    } finally {
      address.close();
    }
  },
});

/** The answer, or what was wrong with the question. */
function accepted(answer: { status: number; body: unknown } | { silent: string }, expr: string): PromAnswer {
  if ("silent" in answer)
    throw new GoliveError("CLUSTER_UNREACHABLE", `Prometheus: ${answer.silent}`, "Run `golive status`.");
  const { data, error } = readAnswer(answer.body);
  if (data) return data;
  const why = oneLine(error ?? `it answers ${answer.status}`);
  if (answer.status === 503)
    throw new GoliveError("CLUSTER_UNREACHABLE", `Prometheus gave up: ${why}`, "Ask for less, or a shorter range.");
  throw new GoliveError(
    "USAGE",
    `Prometheus cannot evaluate "${oneLine(expr)}": ${why}`,
    "Correct the expression; the place is that of the first character it did not expect.",
  );
}
