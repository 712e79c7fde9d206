// Checks workflows for what lets a pull request take the repository over: node ci/workflow-lint.ts [folder]
// Exit 0 clean, 1 could not run, 2 findings.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isMap, LineCounter, parseDocument } from "yaml";

export interface WorkflowFinding {
  readonly rule: Rule;
  readonly where: string;
  readonly message: string;
}

type Tree = Readonly<Record<string, unknown>>;

interface Workflow {
  readonly triggers: Tree;
  readonly top: Tree;
  readonly jobs: readonly [string, Tree][];
  /** The file as it stands, for what comments say. */
  readonly source: string;
}

type Check = (workflow: Workflow) => { readonly where: string; readonly message: string }[];

/** Contexts whose text an outsider chooses. In `run` or a script it is code; through `env` it is data. */
const untrusted =
  /\$\{\{[^}]*\b(github\.(event\b|head_ref|ref_name|ref\b|base_ref|actor\b|triggering_actor)|steps\.[\w-]+\.outputs|needs\.[\w-]+\.outputs|inputs\.|env\.)/;

/** Rights that a workflow has at most before a job asks for its own. */
const harmlessRights = ["read", "none"];

/** Rule → what it looks for. Each has a sample that breaks it and one that keeps it, in its test. */
export const rules = {
  "no-pull-request-target": ({ triggers }) =>
    "pull_request_target" in triggers
      ? [{ where: "on", message: "pull_request_target runs with secrets beside a stranger's code; use pull_request" }]
      : [],
  "pinned-actions": ({ jobs, source }) =>
    stepsOf(jobs).flatMap(({ where, step }) => {
      const uses = text(step["uses"]);
      if (uses === "" || uses.startsWith("./")) return [];
      if (!/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(uses))
        return [{ where, message: `"${uses}" is no full commit: a tag can be moved` }];
      const line = source.split("\n").find((it) => it.includes(uses)) ?? "";
      return /# v\d+(\.\d+)*\s*$/.test(line) ? [] : [{ where, message: `"${uses}" has no comment with its version` }];
    }),
  "minimal-permissions": ({ top }) => {
    const rights = top["permissions"];
    if (rights === undefined)
      return [{ where: "permissions", message: "none are set, so the repository's default holds" }];
    if (typeof rights === "string") return [{ where: "permissions", message: `"${rights}" is not a list of rights` }];
    return Object.entries(tree(rights))
      .filter(([, right]) => !harmlessRights.includes(text(right)))
      .map(([what, right]) => ({
        where: "permissions",
        message: `${what}: ${text(right)} holds for every job; give it to the one that needs it`,
      }));
  },
  "no-untrusted-code": ({ jobs }) =>
    stepsOf(jobs).flatMap(({ where, step }) => {
      const scripts = [step["run"], tree(step["with"])["script"], step["shell"]].map(text);
      return scripts.some((script) => untrusted.test(script))
        ? [{ where, message: "what others write stands in a script; hand it over through env" }]
        : [];
    }),
  "no-secrets-for-forks": ({ triggers, jobs }) =>
    "pull_request" in triggers
      ? jobs.flatMap(([name, job]) => {
          const guarded = /github\.event\.pull_request\.head\.repo\.full_name == github\.repository/.test(
            text(job["if"]),
          );
          const takes =
            JSON.stringify(job).match(/\$\{\{[^}]*\bsecrets\./) !== null || text(job["secrets"]) === "inherit";
          const oidc = text(tree(job["permissions"])["id-token"]) === "write";
          if (guarded || (!takes && !oidc)) return [];
          return [
            {
              where: `jobs.${name}`,
              message: "takes secrets or a cloud identity for every pull request; guard it by the head's repository",
            },
          ];
        })
      : [],
  "environment-for-identity": ({ jobs }) =>
    jobs.flatMap(([name, job]) =>
      text(tree(job["permissions"])["id-token"]) === "write" && job["environment"] === undefined
        ? [
            {
              where: `jobs.${name}`,
              message: "asks for a cloud identity outside an environment, so nobody has to agree",
            },
          ]
        : [],
    ),
  "no-checkout-after-a-run": ({ triggers, jobs }) =>
    "workflow_run" in triggers
      ? stepsOf(jobs).flatMap(({ where, step }) =>
          /^actions\/checkout@/.test(text(step["uses"])) ||
          /\bgit\s+(clone|fetch|checkout|pull|switch)\b|\bgh\s+pr\s+checkout\b/.test(text(step["run"]))
            ? [{ where, message: "a job with rights checks code out; it needs none of the pull request's" }]
            : [],
        )
      : [],
  "no-kept-credentials": ({ jobs }) =>
    stepsOf(jobs).flatMap(({ where, step }) =>
      /^actions\/checkout@/.test(text(step["uses"])) && tree(step["with"])["persist-credentials"] !== false
        ? [{ where, message: "leaves the token in .git for every later step; set persist-credentials: false" }]
        : [],
    ),
  timeouts: ({ jobs }) =>
    jobs.flatMap(([name, job]) =>
      typeof job["timeout-minutes"] === "number" || job["uses"] !== undefined
        ? []
        : [{ where: `jobs.${name}`, message: "has no timeout-minutes, so a hanging job runs for six hours" }],
    ),
  concurrency: ({ top, jobs }) =>
    top["concurrency"] !== undefined || jobs.every(([, job]) => job["concurrency"] !== undefined)
      ? []
      : [{ where: "concurrency", message: "two runs may do the same at once" }],
} as const satisfies Record<string, Check>;

export type Rule = keyof typeof rules;

/** Throws where the file is no workflow. */
export function lintWorkflow(source: string): WorkflowFinding[] {
  const workflow = read(source);
  return Object.entries(rules).flatMap(([rule, check]) =>
    check(workflow).map((finding) => ({ rule: rule as Rule, ...finding })),
  );
}

function read(source: string): Workflow {
  const counter = new LineCounter();
  const document = parseDocument(source, { lineCounter: counter, version: "1.2" });
  const [error] = document.errors;
  if (error) throw new Error(error.message);
  if (!isMap(document.contents)) throw new Error("the file is no workflow");
  const top = document.toJS() as Tree;
  const on = top["on"];
  const names = typeof on === "string" ? [on] : Array.isArray(on) ? on.map(String) : undefined;
  const triggers = names ? Object.fromEntries(names.map((name) => [name, null])) : tree(on);
  const jobs = Object.entries(tree(top["jobs"])).map(([name, job]): [string, Tree] => [name, tree(job)]);
  if (jobs.length === 0) throw new Error("the workflow has no jobs");
  return { triggers, top, jobs, source };
}

function stepsOf(jobs: Workflow["jobs"]): { where: string; step: Tree }[] {
  return jobs.flatMap(([name, job]) => {
    const steps = Array.isArray(job["steps"]) ? job["steps"] : [];
    const own = typeof job["uses"] === "string" ? [{ where: `jobs.${name}`, step: { uses: job["uses"] } }] : [];
    return [...own, ...steps.map((step, at) => ({ where: `jobs.${name}.steps[${at}]`, step: tree(step) }))];
  });
}

const tree = (value: unknown): Tree =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Tree) : {};
const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function lintFolder(folder: string): string[] {
  const names = readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort();
  return names.flatMap((name) =>
    lintWorkflow(readFileSync(join(folder, name), "utf8")).map(
      ({ rule, where, message }) => `${name}: ${where}: ${message} (${rule})`,
    ),
  );
}

if (import.meta.main) {
  try {
    const found = lintFolder(process.argv[2] ?? join(import.meta.dirname, "../.github/workflows"));
    for (const line of found) console.error(line);
    process.exitCode = found.length > 0 ? 2 : 0;
  } catch (error) {
    console.error(`workflow-lint: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
