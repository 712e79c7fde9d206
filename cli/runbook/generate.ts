import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { verb } from "../core/verb.ts";
import { generated } from "./generated.ts";
import { readPages } from "./pages.ts";

export const generate = verb({
  about: "write what the runbooks have from the alerts' data",
  details:
    "Writes the fact card of each alert's page, the catalogue of all alerts, and the values that pages have in each environment. What " +
    "is written is the alerts' own data: thresholds, who is told, why. `golive runbook check` says when it is out of date.",
  json: true,
  examples: [{ run: "golive runbook generate", about: "after a change of an alert, a route or a stack's file" }],
  exits: [],
  async run(world) {
    const { repo } = world.places;
    const stale = (await generated(repo, readPages(repo))).filter(({ fresh }) => !fresh);
    for (const { path, text } of stale) writeFileSync(join(repo, path), text);
    const written = stale.map(({ path }) => path);
    return {
      exit: 0,
      json: { written },
      text: written.length > 0 ? written.join("\n") : "everything is as the data say",
    };
  },
});
