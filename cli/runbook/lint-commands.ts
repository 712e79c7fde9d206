import { publishedPorts } from "@golive/infra/ports.ts";
import { unknownPlaceholders } from "@golive/infra/runbooks/placeholders.ts";
import type { Fence } from "./fence.ts";
import { eachPage, type Rule, type Subject } from "./lint-rule.ts";
import { commandsOf } from "./run-page.ts";

/** What changes or deletes something. In SQL that is only shown, nothing is done. */
const destructive = [
  /\bdrop\s+(table|database|schema|index|role|user|column|extension)\b/i,
  /\bdelete\s+from\b/i,
  /\btruncate\s+(table\s+)?[a-z_"]/i,
  /\bpg_(terminate|cancel)_backend\b/,
  /(?:^|[\s;&|(])rm\s+-\w*r/,
  /--replace\b/,
  /\bgolive\s+(destroy|undo|restore\s+drop|cluster\s+(stop|delete)|backup\s+prune)\b/,
  /\bpulumi\s+(up|destroy|refresh|cancel)\b/,
] as const;

const kubectlVerbs = new Set(
  "delete scale drain cordon uncordon taint patch apply replace annotate label edit set autoscale".split(" "),
);
const rolloutVerbs = new Set(["restart", "undo", "pause", "resume"]);
const valued = new Set(["-n", "--namespace", "--context", "--kubeconfig"]);

/** True when kubectl is told to change something: its verb is the first word that is no flag and no flag's value. */
function kubectlChanges(line: string): boolean {
  const [, after = ""] = /\bkubectl\s+([^|;&]*)/.exec(line) ?? [];
  const words = after.split(/\s+/).filter((word, at, all) => !word.startsWith("-") && !valued.has(all[at - 1] ?? ""));
  const [verb = "", second = ""] = words;
  return kubectlVerbs.has(verb) || (verb === "rollout" && rolloutVerbs.has(second));
}

/** Looking is no change. */
const harmless = /--help\b|--dry-run\b/;

const lines = (code: string) => code.replace(/\\\n/g, " ").split("\n");

/** The line of a command that is destructive, or undefined. */
const destructiveLine = ({ code }: Fence): string | undefined =>
  lines(code).find(
    (line) => !harmless.test(line) && (kubectlChanges(line) || destructive.some((pattern) => pattern.test(line))),
  );

/** Ports that an environment moves; one that a page opens itself is its own. */
const moved = [...Object.values(publishedPorts).map(({ host }) => host), 3000];
const hardAddress = new RegExp(`\\b(localhost|127\\.0\\.0\\.1):(${moved.join("|")})\\b`);
/** A stack that is named where `{{stack}}` belongs. */
const hardStack =
  /(GOLIVE_STACK=|--stack[ =])(local|staging|production|e2e)\b|\bgolive\s+(status|up|doctor|token|preview)\s+(local|e2e)\b/;

const eachCommand = (look: (fence: Fence) => readonly string[]): Rule =>
  eachPage((page) =>
    commandsOf(page).flatMap((fence) => look(fence).map((message) => ({ line: fence.line, message }))),
  );

/** Least share of commands that are run where pages are tried. */
const leastExecuted = 0.95;

export const commandRules = {
  "info strings can be read": eachPage(({ fences }) =>
    fences
      .filter(({ lang }) => lang === "sh")
      .flatMap(({ line, faults }) => faults.map((message) => ({ line, message }))),
  ),
  "commands stand in sh fences": eachPage(({ fences }) =>
    fences
      .filter(({ lang }) => ["bash", "shell", "console", "zsh", "shell-session"].includes(lang))
      .map(({ line, lang }) => ({ line, message: `a fence of ${lang} is not run: commands are sh, output is text` })),
  ),
  "every fence has a language": eachPage(({ fences }) =>
    fences
      .filter(({ lang }) => lang === "")
      .map(({ line }) => ({ line, message: "a fence has no language; output is text" })),
  ),
  "every command says what it prints, or why it is not run": eachCommand(({ meta }) =>
    meta.expect === undefined && meta.skip === undefined ? ["a command has neither expect nor skip"] : [],
  ),
  "an expectation says something": eachCommand(({ meta: { expect } }) =>
    expect !== undefined && new RegExp(expect, "ms").test("") ? [`expect="${expect}" matches no output at all`] : [],
  ),
  "no prompts": eachCommand(({ code }) =>
    /^\s*[$#>] /m.test(code.replace(/^\s*# .*/gm, "")) ? ["a command begins with a prompt"] : [],
  ),
  "what destroys is marked": eachCommand((fence) => {
    const line = destructiveLine(fence);
    return line === undefined || fence.meta.danger
      ? []
      : [`"${line.trim()}" changes something and is not marked danger`];
  }),
  "no address of this machine": eachCommand(({ code, meta }) =>
    hardAddress.test(`${code}\n${meta.expect ?? ""}`)
      ? ["an address of this machine: write a placeholder, {{gateway}} and its like"]
      : [],
  ),
  "no stack by name": eachCommand(({ code, meta }) =>
    meta.skip === undefined && hardStack.test(code) ? ["a stack by its name: write {{stack}}"] : [],
  ),
  "placeholders have a value": eachPage(({ source }) =>
    source.split("\n").flatMap((text, at) =>
      unknownPlaceholders(text).map((name) => ({
        line: at + 1,
        message: `no environment has a value for {{${name}}}`,
      })),
    ),
  ),
  "nearly all commands are run": ({ pages }: Subject) => {
    const all = pages.flatMap(commandsOf);
    const skipped = all.filter(({ meta }) => meta.skip !== undefined).length;
    const share = all.length === 0 ? 1 : 1 - skipped / all.length;
    if (share >= leastExecuted) return [];
    const percent = (share * 100).toFixed(1);
    return [
      {
        file: "index.md",
        line: 1,
        message: `${percent} % of ${all.length} commands are run; at least 95 % have to be`,
      },
    ];
  },
} satisfies Readonly<Record<string, Rule>>;
