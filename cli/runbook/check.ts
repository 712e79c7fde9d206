import { verb } from "../core/verb.ts";
import { generated } from "./generated.ts";
import { lint } from "./lint.ts";
import type { Finding } from "./lint-rule.ts";
import { runbooksFolder } from "./pages.ts";
import { subjectOf } from "./subject.ts";

export const check = verb({
  about: "check the runbooks: alerts and pages, sections, commands, links, text",
  details:
    "Checks every page: that each alert has one and each one has an alert, that sections, commands and links are as they should be, that " +
    "nothing is said twice, and that what is generated is up to date. Prints file:line: message; exit 2 on findings.",
  json: true,
  examples: [{ run: "golive runbook check", about: "before a commit" }],
  exits: [],
  async run(world) {
    const findings = await findingsIn(world.places.repo);
    const text = findings.map(({ file, line, message }) => `${file}:${line}: ${message}`);
    const count = findings.length === 0 ? "no findings" : `${findings.length} findings`;
    return { exit: findings.length === 0 ? 0 : 2, json: { findings }, text: [...text, count].join("\n") };
  },
});

/** Of the rules and of what is generated; files below the repository. */
export async function findingsIn(repo: string): Promise<Finding[]> {
  const subject = await subjectOf(repo);
  const found = lint(subject).map((finding) => ({ ...finding, file: `${runbooksFolder}/${finding.file}` }));
  const stale = (await generated(repo, subject.pages))
    .filter(({ fresh }) => !fresh)
    .map(({ path }) => ({ file: path, line: 1, message: "is not as the data say: golive runbook generate" }));
  return [...found, ...stale];
}
