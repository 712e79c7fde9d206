// Keeps one issue about a stack's drift: node ci/drift-issue.ts --stack <stack> --document <json> --body <md> [--run-url <url>]
// Token: GITHUB_TOKEN_FILE or GITHUB_TOKEN. Exit 0 done, 1 it failed, 2 usage.
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Api, tokenFrom } from "./api.ts";
import { githubApi } from "./github.ts";
import { harmless } from "./untrusted.ts";

type Env = Readonly<Record<string, string | undefined>>;

interface Issue {
  readonly number: number;
  readonly body?: string | null;
  readonly user: { readonly login: string } | null;
  readonly pull_request?: unknown;
}

/** What a night's look found. `failed`: it could not be told. */
export type Drift = "none" | "found" | "failed";

export type DriftOutcome = "opened" | "updated" | "unchanged" | "closed" | "nothing";

export interface DriftReport {
  readonly stack: string;
  readonly drift: Drift;
  readonly body: string;
}

const label = "drift";
const marker = (stack: string) => `<!-- golive-drift stack=${stack} -->`;

/** One open issue a stack while it differs from the program, none while it does not. A night that failed closes nothing. */
export async function driftIssue(
  client: Api,
  repository: string,
  login: string,
  report: DriftReport,
): Promise<DriftOutcome> {
  const { stack, drift, body } = report;
  if (!/^[a-z0-9][a-z0-9_.-]{0,99}$/i.test(stack)) throw new Error(`"${stack}" is no stack's name`);
  const root = `/repos/${repository}/issues`;
  const text = `${marker(stack)}\n${body}`;
  const close = (number: number) =>
    client.call("PATCH", `${root}/${number}`, { state: "closed", state_reason: "completed" });
  const all = await client.all<Issue>(`${root}?state=open&labels=${label}&sort=created&direction=asc`);
  const [kept, ...others] = all.filter(
    (issue) =>
      issue.pull_request === undefined && issue.user?.login === login && issue.body?.split("\n")[0] === marker(stack),
  );
  // Two nights that ran at once; the first issue is the one that people may have written in.
  for (const { number } of others) await close(number);
  if (drift === "none") {
    if (!kept) return "nothing";
    await client.call("POST", `${root}/${kept.number}/comments`, { body: "The stack is as the program says again." });
    await close(kept.number);
    return "closed";
  }
  if (!kept) {
    await client.call("POST", root, { title: `${stack} differs from its program`, body: text, labels: [label] });
    return "opened";
  }
  if (kept.body === text) return "unchanged";
  await client.call("PATCH", `${root}/${kept.number}`, { body: text });
  return "updated";
}

const options = {
  stack: { type: "string" },
  document: { type: "string" },
  body: { type: "string" },
  "run-url": { type: "string", default: "" },
} as const;

export async function main(argv: readonly string[], env: Env): Promise<DriftOutcome> {
  const { values } = parseArgs({ args: [...argv], options, strict: true });
  const repository = env["GITHUB_REPOSITORY"] ?? "";
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new Error(`"${repository}" is no repository`);
  const links = [`${(env["GITHUB_SERVER_URL"] ?? "https://github.com").replace(/\/$/, "")}/${repository}/`];
  const drift = driftOf(values.document);
  const text =
    drift === "failed" ? "The look at the stack failed; whether it differs is not known." : read(values.body);
  const run = links.some((start) => values["run-url"].startsWith(start)) ? `\n\n[The run](${values["run-url"]})` : "";
  const client = githubApi({
    base: env["GITHUB_API_URL"] ?? "https://api.github.com",
    token: tokenFrom(env, "GITHUB_TOKEN"),
  });
  return await driftIssue(client, repository, env["GOLIVE_COMMENT_LOGIN"] ?? "github-actions[bot]", {
    stack: values.stack ?? "",
    drift,
    body: harmless(`${text}${run}`, { limit: 65_000, links }),
  });
}

const read = (path: string | undefined) =>
  path !== undefined && existsSync(path) ? readFileSync(path, "utf8").trim() : "";

/** A preview that did not get to its end knows of no drift, and of no peace either. */
export function driftOf(path: string | undefined): Drift {
  try {
    const document = JSON.parse(read(path)) as { complete?: unknown; unchanged?: unknown };
    if (document.complete !== true) return "failed";
    return document.unchanged === true ? "none" : "found";
  } catch {
    return "failed";
  }
}

if (import.meta.main) {
  try {
    console.log(`drift issue: ${await main(process.argv.slice(2), process.env)}`);
  } catch (error) {
    console.error(`drift-issue: ${error instanceof Error ? error.message : error}`);
    process.exitCode = (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") ? 2 : 1;
  }
}
