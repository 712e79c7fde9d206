import { codes } from "@golive/errors/codes.ts";
import { type Input, stackFlag, text, verb, yesFlag } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import { readSettings, stackName } from "../stack/settings.ts";
import { consentToDanger } from "./danger.ts";
import { environmentFor } from "./environment.ts";
import type { Page } from "./page.ts";
import { findPage, pathOf, readPages } from "./pages.ts";
import { commandsOf, type PageResult, runPage } from "./run-page.ts";
import { countsOf, pageLine, runText } from "./run-report.ts";
import { bash, endLeftovers } from "./run-shell.ts";
import { scratch } from "./scratch.ts";
import { stampPassed } from "./stamp.ts";

export const run = verb({
  about: "run the commands of the runbooks and compare what they print",
  details:
    "Runs every command of the named pages, or of all, from top to bottom against a stack, each with bash -eu and a time limit, and " +
    "compares exit status and output with what the page promises. The last line is `N passed, N failed, N skipped`. Pages with commands " +
    "that change something are run after a yes; on a protected stack a person has to type the stack's name.",
  args: [{ name: "slugs", about: "pages with commas between them, or a folder with a slash behind it (default: all)" }],
  flags: {
    stack: stackFlag,
    stamp: { about: "write runbooks/passed.json: when each page last passed, and which commands it had" },
    yes: yesFlag,
  },
  json: true,
  examples: [
    { run: "golive runbook run alerts/gateway-down", about: "one page" },
    { run: "golive runbook run --stack e2e --yes", about: "all of them; what the tests do" },
  ],
  exits: ["CONFIG_INVALID", "TESTS_FAILED", "INTERRUPTED"],
  async run(world, input) {
    const settings = await readSettings(world, stackName(world, input));
    const pages = chosen(readPages(world.places.repo), input).filter((page) => commandsOf(page).length > 0);
    const dangers = pages.flatMap(commandsOf).filter(({ meta }) => meta.danger && meta.skip === undefined).length;
    if (dangers > 0) {
      const what = `${dangers} of the commands change or delete data`;
      await consentToDanger(
        world,
        input,
        settings,
        what,
        `golive runbook run ${names(input).join(",")} --yes`.replace("  ", " "),
      );
    }
    const environment = environmentFor(world, settings);
    const results: PageResult[] = [];
    for (const page of pages) {
      const result = await inScratch(world, settings, (place) =>
        runPage(world, page, environment, { shell: bash, place, path: pathOf(page) }),
      );
      world.note(pageLine(result));
      results.push(result);
    }
    if (input.stamp === true) stampPassed(world, pages, results);
    const counts = countsOf(results);
    return {
      exit: counts.failed === 0 ? 0 : codes.TESTS_FAILED.exit,
      json: { stack: settings.stack, ...counts, pages: results },
      text: runText(results),
    };
  },
});

const names = (input: Input): string[] => (text(input, "slugs") ?? "").split(",").filter((name) => name !== "");

function chosen(pages: readonly Page[], input: Input): readonly Page[] {
  const given = names(input);
  if (given.length === 0) return pages;
  const found = given.flatMap((name) => {
    const below = name.endsWith("/") ? pages.filter(({ slug }) => `${slug}/`.startsWith(name)) : [];
    return below.length > 0 ? below : [findPage(pages, name)];
  });
  return [...new Set(found)];
}

async function inScratch<T>(
  world: World,
  settings: Parameters<typeof scratch>[1],
  work: (place: ReturnType<typeof scratch>) => Promise<T>,
): Promise<T> {
  const place = scratch(world, settings);
  try {
    return await work(place);
  } finally {
    endLeftovers();
    place.remove();
  }
}
