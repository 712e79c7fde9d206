import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { codes } from "@golive/errors/codes.ts";
import { type Environment, environmentOf } from "@golive/infra/runbooks/placeholders.ts";
import { parse } from "yaml";
import { table } from "../core/table.ts";
import { type Result, stackFlag, text, verb, yesFlag } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import { stackName } from "../stack/settings.ts";
import { wellFormed } from "./generated.ts";
import type { Page } from "./page.ts";
import { findPage, pathOf, readPages } from "./pages.ts";
import { renderPage } from "./render.ts";
import { commandOf } from "./run-fence.ts";
import { commandsOf } from "./run-page.ts";
import { exitOf, stepText, walkThrough, withSteps } from "./steps.ts";

export const runbook = verb({
  about: "show a page of the runbooks, and run its steps one by one",
  details:
    "Shows a page with the values of a stack in its commands; on a terminal it then offers to run the page's steps, each after a yes, and " +
    "says whether each printed what the page promises. Without a page it lists them all. Pages come out of this checkout: neither the " +
    "cluster nor a network is needed to read them.",
  args: [{ name: "slug", about: "the page: its slug, or the slug's end, such as an alert's runbook" }],
  flags: {
    stack: stackFlag,
    step: { value: "n", type: "integer", about: "run only this step; variables that earlier steps export are not set" },
    yes: yesFlag,
  },
  json: true,
  examples: [
    { run: "golive runbook", about: "the list of pages" },
    { run: "golive runbook gateway-down --stack production", about: "what to do, with the values of production" },
    { run: "golive runbook gateway-down --step 2", about: "one step" },
  ],
  exits: ["CONFIG_INVALID", "TESTS_FAILED"],
  async run(world, input) {
    const pages = readPages(world.places.repo);
    const given = text(input, "slug");
    if (given === undefined) return pageList(pages);
    const page = findPage(pages, given);
    const stack = stackName(world, input);
    if (typeof input.step === "number") {
      const number = input.step;
      const withYes = `golive runbook ${page.slug} --step ${number} --yes`;
      const result = await withSteps(world, stack, page, (steps) => steps.run(number, input, withYes));
      return { exit: exitOf(result), json: result, text: stepText(result) };
    }
    const environment = environmentIn(world, stack);
    const look = {
      // A terminal that does not know its width says 0.
      columns: world.terminal.columns < 20 ? 80 : Math.min(world.terminal.columns, 120),
      colour: world.terminal.colour && process.stdout.isTTY === true,
    };
    const shown = renderPage(page, { look, environment });
    const talks = world.stdinIsTTY && world.terminal.isTTY && process.stdout.isTTY === true;
    if (input.json === true || !talks || commandsOf(page).length === 0)
      return { exit: 0, json: pageJson(page, environment), text: shown };
    world.emit(shown);
    if (!(await world.confirm(`\nRun ${stepsOf(page)} of this page on stack ${stack}, one by one?`)))
      return { exit: 0, text: "" };
    const bad = await withSteps(world, stack, page, (steps) => walkThrough(world, steps));
    return { exit: bad === 0 ? 0 : codes.TESTS_FAILED.exit, text: "" };
  },
});

function stepsOf(page: Page): string {
  const count = commandsOf(page).length;
  return count === 1 ? "the step" : `the ${count} steps`;
}

/** What the pages say in a stack, as far as its file tells: it may wait for secrets, and must be readable all the same. */
function environmentIn(world: World, stack: string): Environment | undefined {
  const file = join(world.places.repo, `Pulumi.${stack}.yaml`);
  const config = existsSync(file) ? wellFormed(parse(readFileSync(file, "utf8"))) : undefined;
  return config && environmentOf(stack, config, Number(world.env.GOLIVE_PORT_OFFSET ?? 0));
}

function pageList(pages: readonly Page[]): Result {
  const listed = pages.map((page) => ({
    slug: page.slug,
    title: page.title,
    kind: page.front?.kind ?? null,
    path: pathOf(page),
    steps: commandsOf(page).length,
  }));
  return { exit: 0, json: listed, text: table(listed.map(({ slug, title }) => [slug === "" ? "/" : slug, title])) };
}

function pageJson(page: Page, environment: Environment | undefined): unknown {
  const steps = commandsOf(page).map((fence, at) => {
    const { meta, line, code } = fence;
    const command = environment && commandOf(fence, environment);
    return {
      step: at + 1,
      line,
      command: command?.text ?? code,
      expect: command?.expect ?? meta.expect ?? null,
      exit: meta.exit,
      danger: meta.danger,
      skip: meta.skip ?? null,
    };
  });
  const { slug, title, front, source } = page;
  return { slug, title, kind: front?.kind ?? null, path: pathOf(page), steps, markdown: source };
}
