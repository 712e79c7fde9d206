import { setTimeout as delay } from "node:timers/promises";
import { timesFor } from "./dose.ts";
import { repeat, statusOf } from "./requests.ts";
import type { Rig } from "./rig.ts";
import type { LiveScenario } from "./scenario.ts";

const readProjects = (rig: Rig) => statusOf(rig.gateway.fetch("/api/projects"));

/** As a bad migration would leave it: every request for projects is an error of ours from then on. */
const loseTable = (rig: Rig) => rig.database((client) => client.query("alter table projects rename to projects_lost"));

export const newError: LiveScenario = {
  about: "a table that is gone, and a request that needs it",
  async play(rig, _rule, dose) {
    if (dose === "near-miss") {
      // Faults of clients are nobody's issue.
      for (const path of ["/api/projects?limit=none", "/drill-of-nothing"]) await statusOf(rig.gateway.fetch(path));
      return;
    }
    await loseTable(rig);
    await readProjects(rig);
    await rig.arrived(1);
  },
};

export const returningError: LiveScenario = {
  about: "an error whose issue was resolved, once more",
  async play(rig, _rule, dose) {
    await loseTable(rig);
    await readProjects(rig);
    await rig.arrived(1);
    rig.issuesAre(dose === "enough" ? "resolved" : "unresolved");
    await readProjects(rig);
    await rig.arrived(2);
  },
};

export const lostDatabase: LiveScenario = {
  about: "a database server that was killed, and requests that need it",
  async play(rig, rule, dose) {
    await rig.postgres.kill();
    try {
      await repeat(rig, timesFor(rule, dose), () => readProjects(rig));
    } finally {
      await rig.postgres.restart();
    }
  },
};

/** No step can be written down any more, which is no result of the pipeline. */
const refuseSteps = `
  create function drill_refuse() returns trigger language plpgsql
    as $$ begin raise exception 'the drill refuses this step'; end $$;
  create trigger drill_refuse before update on run_steps for each row execute function drill_refuse()`;

const runLimitMs = 20_000;

export const brokenPipeline: LiveScenario = {
  about: "a pipeline run whose steps cannot be written to the database",
  async play(rig, _rule, dose) {
    const project = await made(rig, "/api/projects", { name: "Drill", slug: "drill" });
    const pipeline = await made(rig, `/api/projects/${project}/pipelines`, { name: "Drill", ref: "main" });
    if (dose === "enough") await rig.database((client) => client.query(refuseSteps));
    // A step that fails because its work does is a result, and nobody's fault.
    const run = await made(rig, `/api/pipelines/${pipeline}/runs`, dose === "enough" ? {} : { failAt: "test" });
    if (dose === "enough") return await rig.arrived(1);
    for (const limit = Date.now() + runLimitMs; ; await delay(20)) {
      const { body } = await rig.gateway.send("GET", `/api/runs/${run}`);
      if (body?.status === "failed") return;
      if (Date.now() > limit) throw new Error(`the run did not fail within ${runLimitMs / 1000} s: ${body?.status}`);
    }
  },
};

/** @returns the id of what was made */
async function made(rig: Rig, path: string, body: unknown): Promise<string> {
  const answer = await rig.gateway.send("POST", path, body);
  if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return String(answer.body.id);
}
