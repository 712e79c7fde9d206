import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { redact } from "@golive/errors/redact.ts";
import { type SecretKey, secretKeys } from "@golive/infra/config/schema.ts";
import { checkPlatformConfig } from "@golive/infra/config.ts";
import { parse } from "yaml";
import { table } from "../core/table.ts";
import type { Result } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import { prometheusAddress } from "../query/prometheus-address.ts";
import { readAnswer, samplesOf } from "../query/samples.ts";
import { wellFormed } from "../runbook/generated.ts";
import { knownStacks, readSettings } from "../stack/settings.ts";
import { askJson } from "../trace/ask.ts";
import { type LiveFacts, type ProductionFacts, productionChecks } from "./doctor-production-checks.ts";

/** Every check of a production, by its configuration and, where it answers, by the running stack. */
export async function doctorProduction(world: World, stack: string): Promise<Result> {
  const facts = await productionFacts(world, stack);
  const checks = Object.entries(productionChecks).map(([id, { title, fix, judge }]) => ({
    id,
    title,
    ...judge(facts),
    fix,
    page: `readiness#${id}`,
  }));
  const count = (state: string) => checks.filter((check) => check.state === state).length;
  const words = { pass: "pass", fail: "FAIL", unknown: "?" } as const;
  const failed = checks.filter(({ state }) => state === "fail");
  const text = [
    table(checks.map(({ state, title, found }) => [words[state], title, redact(found)])),
    ...(failed.length > 0
      ? ["", "What to do:", ...failed.map(({ title, fix, page }) => `  ${title}: ${fix} (${page})`)]
      : []),
    "",
    `stack ${stack}: ${count("pass")} pass, ${failed.length} fail, ${count("unknown")} unknown`,
  ].join("\n");
  const ready = failed.length === 0;
  return { exit: ready ? 0 : codes.UNHEALTHY.exit, json: { stack, ready, checks }, text };
}

interface StackFile {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly secretsprovider?: string;
}

/** The stack's file as it is: production's waits for secrets and keys, which is what is looked at here. */
async function productionFacts(world: World, stack: string): Promise<ProductionFacts> {
  const { repo } = world.places;
  const file = join(repo, `Pulumi.${stack}.yaml`);
  if (!existsSync(file))
    throw new GoliveError(
      "CONFIG_INVALID",
      `there is no stack "${stack}": ${file} is missing`,
      `The stacks are: ${knownStacks(repo).join(", ") || "none"}.`,
    );
  const document = parse(readFileSync(file, "utf8")) as StackFile | null;
  const raw = document?.config ?? {};
  const { faults } = checkPlatformConfig(raw);
  return {
    stack,
    config: wellFormed(document),
    faults: faults.map(({ path, given, allowed }) => `${path} is ${given}, allowed: ${allowed}`),
    secrets: new Set((Object.keys(secretKeys) as SecretKey[]).filter((name) => `golive:${name}` in raw)),
    secretsProvider: document?.secretsprovider,
    backend: backendOf(world, stack),
    live:
      faults.length > 0 ? { silent: "not asked while the configuration has faults" } : await liveFacts(world, stack),
  };
}

/** As `golive up` takes it: the variable, then the project's file, then a folder of this machine. */
function backendOf({ env, places }: World, stack: string): string {
  const project = parse(readFileSync(join(places.repo, "Pulumi.yaml"), "utf8")) as {
    backend?: { url?: string };
  } | null;
  return env.PULUMI_BACKEND_URL ?? project?.backend?.url ?? `file://${join(places.state, "stacks", stack, "state")}`;
}

const queries = {
  proven: "max(golive_backup_rpo_seconds) / 3600",
  drill: "(time() - min(golive_backup_drill_timestamp_seconds)) / 86400",
  firing: 'count by (alertname) (ALERTS{alertstate="firing",severity!="none"})',
} as const;

/** A plane that was never drilled has 0 for a moment: it is older than this platform. */
const never = 10_000;

async function liveFacts(world: World, stack: string): Promise<ProductionFacts["live"]> {
  let address: Awaited<ReturnType<typeof prometheusAddress>> | undefined;
  try {
    address = await prometheusAddress(world, await readSettings(world, stack));
    const { origin } = address;
    const ask = async (query: string) => {
      const answer = await askJson(world, `${origin}/api/v1/query?query=${encodeURIComponent(query)}`);
      if ("silent" in answer) throw new Error(answer.silent);
      const { data } = readAnswer(answer.body);
      return data ? samplesOf(data) : [];
    };
    const number = async (query: string) => {
      const value = Number((await ask(query))[0]?.value ?? Number.NaN);
      return Number.isFinite(value) ? value : undefined;
    };
    const drillAgeDays = await number(queries.drill);
    return {
      provenAgeHours: await number(queries.proven),
      drillAgeDays: (drillAgeDays ?? never) < never ? drillAgeDays : undefined,
      firing: (await ask(queries.firing)).map(({ labels }) => labels.alertname ?? "").sort(),
    } satisfies LiveFacts;
  } catch (error) {
    world.signal.throwIfAborted();
    return { silent: `the stack does not answer (${redact((error as Error).message).slice(0, 100)})` };
  } finally {
    address?.close();
  }
}
