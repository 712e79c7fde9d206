import { alertRules as pageRules } from "./lint-alert-pages.ts";
import { commandRules } from "./lint-commands.ts";
import { guideRules } from "./lint-guides.ts";
import { linkRules } from "./lint-links.ts";
import type { Finding, Rule, Subject } from "./lint-rule.ts";
import { textRules } from "./lint-text.ts";

/** Every rule by its name; each has a page in the tests that passes and one that does not. */
export const rules: Readonly<Record<string, Rule>> = {
  ...pageRules,
  ...commandRules,
  ...linkRules,
  ...textRules,
  ...guideRules,
};

/** Findings in the order of files and lines. */
export function lint(subject: Subject, chosen: Readonly<Record<string, Rule>> = rules): Finding[] {
  return Object.values(chosen)
    .flatMap((rule) => rule(subject))
    .sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}
