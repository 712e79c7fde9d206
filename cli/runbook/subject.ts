import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { AlertSource, Subject } from "./lint-rule.ts";
import { readPages, runbooksFolder } from "./pages.ts";

/** What the rules look at in a checkout. */
export async function subjectOf(repo: string): Promise<Subject> {
  const { productionChecks } = await import("../platform/doctor-production-checks.ts");
  return {
    pages: readPages(repo),
    alerts: await alertSources(),
    readiness: Object.keys(productionChecks),
    files: filesBelow(join(repo, runbooksFolder)),
  };
}

function filesBelow(root: string): Set<string> {
  return new Set(readdirSync(root, { recursive: true, encoding: "utf8" }).map((file) => file.replaceAll("\\", "/")));
}

/** Loaded here: all tables of alerts take half a second. */
async function alertSources(): Promise<AlertSource[]> {
  const [{ alertSlugs, factsOf, sources }, { alertHash, factCard }] = await Promise.all([
    import("@golive/infra/runbooks/alert-facts.ts"),
    import("@golive/infra/runbooks/facts.ts"),
  ]);
  return alertSlugs.map((slug) => ({
    slug,
    names: factsOf(slug).map(({ source, name }) => `${sources[source]} ${name}`),
    data: factCard(slug),
    hash: alertHash(slug),
  }));
}
