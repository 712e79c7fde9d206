import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { text, verb } from "../core/verb.ts";
import { withFrontMatter } from "./front-matter.ts";
import { findPage, pathOf, readPages } from "./pages.ts";

export const confirm = verb({
  about: "say that an alert's page was read against its alerts as they are now",
  details:
    "Writes the hash of the page's alerts into its front matter. When a rule, its threshold or its reason changes, the hash is another " +
    "one, and `golive runbook check` asks for the page to be read again. Read it before you confirm it.",
  args: [{ name: "slug", about: "the page, as golive runbook lists it", required: true }],
  json: true,
  examples: [{ run: "golive runbook confirm alerts/gateway-down", about: "after reading it" }],
  exits: [],
  async run(world, input) {
    const { repo } = world.places;
    const page = findPage(readPages(repo), text(input, "slug") ?? "");
    const [{ alertHash }, { alertSlugs }] = await Promise.all([
      import("@golive/infra/runbooks/facts.ts"),
      import("@golive/infra/runbooks/alert-facts.ts"),
    ]);
    const slug = page.slug.replace(/^alerts\//, "");
    if (!alertSlugs.includes(slug))
      throw new GoliveError("USAGE", `no alert has the page "${page.slug}"`, "Only pages of alerts are confirmed.");
    const confirmed = alertHash(slug);
    writeFileSync(join(repo, pathOf(page)), withFrontMatter(page.source, "confirmed", confirmed));
    return { exit: 0, json: { slug: page.slug, confirmed }, text: `${pathOf(page)}: confirmed ${confirmed}` };
  },
});
