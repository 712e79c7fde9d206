// Writes a preview's comment on a pull request: node ci/comment.ts --stack <stack> --sha <head> --run <id> --body <file>
// Token: GITHUB_TOKEN_FILE or GITHUB_TOKEN (GITLAB_TOKEN with --forge gitlab). Exit 0 written or nothing to write, 1 it failed, 2 usage.
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { tokenFrom } from "./api.ts";
import type { Forge } from "./forge.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";
import { harmless } from "./untrusted.ts";
import { markerRoom, type Outcome, upsert } from "./upsert.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Bytes of a comment: GitHub takes 65,536 characters, GitLab more. */
const commentLimit = 65_536;

const options = {
  stack: { type: "string" },
  sha: { type: "string" },
  run: { type: "string" },
  attempt: { type: "string", default: "1" },
  body: { type: "string" },
  document: { type: "string" },
  failed: { type: "boolean", default: false },
  "run-url": { type: "string", default: "" },
  forge: { type: "string", default: "github" },
} as const;

/** @returns what was done, in words for a log */
export async function comment(argv: readonly string[], env: Env): Promise<string> {
  const { values } = parseArgs({ args: [...argv], options, strict: true });
  const { stack = "", sha = "", body = "" } = values;
  if (!/^[0-9a-f]{40,64}$/.test(sha)) throw new Usage("--sha takes the full id of the head commit");
  const run = { id: whole(values.run, "--run"), attempt: whole(values.attempt, "--attempt") };
  const forge = values.forge === "gitlab" ? gitlabFrom(env) : githubFrom(env);
  const discussion = await forge.discussion(sha);
  if (!discussion) return `no open pull request has the head ${sha}: nothing to comment on`;
  const text = existsSync(body) ? readFileSync(body, "utf8") : "";
  const link = linkTo(values["run-url"], forge);
  const shown =
    text.trim() === "" ? notRun(stack, link) : `${text}${values.failed ? `\nThe preview failed${link}.\n` : ""}`;
  const wanted = {
    stack,
    run,
    body: harmless(shown, { limit: commentLimit - markerRoom, links: forge.links }),
    quiet: !values.failed && text.trim() !== "" && saysUnchanged(values.document),
  };
  return words[await upsert(discussion, wanted)];
}

const words: Readonly<Record<Outcome, string>> = {
  created: "a comment was made",
  edited: "the comment was edited",
  unchanged: "the comment says so already",
  silent: "nothing changes, and nothing was said before: no comment",
  outdated: "a later run has commented; this one keeps still",
};

export class Usage extends Error {}

const notRun = (stack: string, link: string) =>
  `### Preview of \`${stack}\`: failed\n\n> [!WARNING]\n> The preview left nothing to show${link}.\n`;

/** Only to the repository's own runs. */
function linkTo(url: string, { links }: Forge): string {
  return links.some((start) => url.startsWith(start)) && !/[\s()<>]/.test(url) ? `: [the run](${url})` : "";
}

/** The pull request made this file. Whatever stands in it, at most a comment is spared. */
function saysUnchanged(path: string | undefined): boolean {
  if (path === undefined || !existsSync(path)) return false;
  try {
    const document = JSON.parse(readFileSync(path, "utf8")) as { unchanged?: unknown; diagnostics?: unknown } | null;
    return document?.unchanged === true;
  } catch {
    return false;
  }
}

function whole(given: string | undefined, name: string): number {
  if (!/^\d{1,15}$/.test(given ?? "")) throw new Usage(`${name} takes a number`);
  return Number(given);
}

function githubFrom(env: Env): Forge {
  return github({
    base: env["GITHUB_API_URL"] ?? "https://api.github.com",
    server: env["GITHUB_SERVER_URL"] ?? "https://github.com",
    repository: env["GITHUB_REPOSITORY"] ?? "",
    token: tokenFrom(env, "GITHUB_TOKEN"),
    login: env["GOLIVE_COMMENT_LOGIN"] ?? "github-actions[bot]",
  });
}

function gitlabFrom(env: Env): Forge {
  return gitlab({
    base: env["CI_API_V4_URL"] ?? "https://gitlab.com/api/v4",
    server: env["CI_SERVER_URL"] ?? "https://gitlab.com",
    project: env["CI_PROJECT_ID"] ?? "",
    path: env["CI_PROJECT_PATH"] ?? "",
    token: tokenFrom(env, "GITLAB_TOKEN"),
  });
}

if (import.meta.main) {
  try {
    console.log(await comment(process.argv.slice(2), process.env));
  } catch (error) {
    const usage = error instanceof Usage || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
    console.error(`comment: ${error instanceof Error ? error.message : error}`);
    process.exitCode = usage ? 2 : 1;
  }
}
