import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { toolPath } from "@golive/local/toolchain/index.ts";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { automationEngine } from "../stack/automation.ts";
import type { OpenStack, PreviewRun, Program } from "../stack/engine.ts";
import { type BuildOptions, previewModel } from "./build.ts";
import { document } from "./document.ts";
import { fromSecrets, ignoring } from "./from-secrets.ts";
import { commentLimit, markdown } from "./markdown.ts";
import type { PreviewModel } from "./model.ts";
import { fromEvents } from "./observe.ts";
import type { Step } from "./step.ts";
import { text } from "./text.ts";
import { verdict } from "./verdict.ts";

const engine = process.env["GOLIVE_TEST_PULUMI"] ?? toolPath("pulumi");
const reason = existsSync(engine) ? "" : " (skipped: pulumi is not built yet; `golive up` builds it)";

class Thing extends pulumi.CustomResource {
  declare readonly token: pulumi.Output<string>;
  constructor(name: string, inputs: Record<string, unknown>, options: pulumi.CustomResourceOptions = {}) {
    super("previewtest:index:Thing", name, { token: undefined, ...inputs }, options);
  }
}

type Make = () => void;

describe.skipIf(reason !== "")(`previews of the real engine${reason}`, { timeout: 120_000 }, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "golive preview "));
    for (const name of ["state", "work", "bin"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "work/Pulumi.yaml"), "name: golive\nruntime: nodejs\n");
    const plugin = join(folder, "bin/pulumi-resource-previewtest");
    const main = fileURLToPath(new URL("testing/provider-main.ts", import.meta.url));
    writeFileSync(plugin, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
    chmodSync(plugin, 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function open(
    make: Make,
    env: Record<string, string> = {},
    wrap: (program: Program) => Program = (program) => program,
  ): Promise<OpenStack> {
    return await automationEngine({ signal: new AbortController().signal, groups: new Set() }).open({
      stack: "test",
      project: "golive",
      workDir: join(folder, "work"),
      pulumi: engine,
      program: wrap(async () => {
        make();
        return {};
      }),
      env: {
        PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
        PULUMI_BACKEND_URL: `file://${encodeURI(join(folder, "state"))}`,
        PULUMI_CONFIG_PASSPHRASE: "correct horse",
        PULUMI_HOME: join(folder, "home"),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        ...env,
      },
      log: () => undefined,
      onChild: () => undefined,
    });
  }
  const quiet = () => undefined;
  const up = async (make: Make) => void (await (await open(make)).up(quiet));
  async function previewed(
    make: Make,
    run: PreviewRun = {},
    options: Partial<BuildOptions> = {},
  ): Promise<PreviewModel> {
    const { events, failure } = await (await open(make)).preview(quiet, run);
    return previewModel(fromEvents(events), {
      stack: "test",
      source: "engine",
      complete: failure === undefined,
      ...options,
    });
  }
  const asked: BuildOptions = { stack: "test", source: "engine", complete: true };
  const eventsOf = async (make: Make) => (await (await open(make)).preview(quiet)).events;
  const opsOf = ({ rows }: PreviewModel) => Object.fromEntries(rows.map(({ name, op }) => [name, op]));

  test("create, update, replace in both orders with a dependent, delete and alias: rows and counts are the engine's", async () => {
    await up(() => {
      new Thing("same", { a: 1 });
      new Thing("updated", { a: 1, list: ["a", "b"] });
      new Thing("swapped", { name: "one" });
      const first = new Thing("first", { name: "one", dbr: true });
      new Thing("hangs-on-first", { name: first.id }, { dependsOn: [first] });
      new Thing("gone", { a: 1 });
      new Thing("kept", { a: 1 }, { retainOnDelete: true });
      new Thing("former", { a: 1 });
    });
    const model = await previewed(() => {
      new Thing("same", { a: 1 });
      new Thing("updated", { a: "1", list: ["z", "a", "b"] });
      new Thing("swapped", { name: "two" });
      const first = new Thing("first", { name: "two", dbr: true });
      new Thing("hangs-on-first", { name: first.id }, { dependsOn: [first] });
      new Thing("latter", { a: 2 }, { aliases: [{ name: "former" }] });
      const made = new Thing("made", { a: 1 });
      new Thing("uses", { a: made.id });
    });
    expect(opsOf(model)).toEqual({
      first: "replace",
      "hangs-on-first": "replace",
      swapped: "replace",
      gone: "delete",
      kept: "delete",
      latter: "update",
      updated: "update",
      made: "create",
      uses: "create",
    });
    // The engine's own summary is compared with the rows; a difference would be a diagnostic.
    expect(model.diagnostics).toEqual([]);
    expect(model.counts).toEqual({ replace: 3, delete: 2, update: 2, create: 2, same: 2 });
    const row = (name: string) => model.rows.find((one) => one.name === name);
    expect(row("first")).toMatchObject({ first: "delete", dependents: [expect.stringMatching(/::hangs-on-first$/)] });
    expect(row("hangs-on-first")?.changes).toMatchObject([
      { path: "name", after: "known after apply", replaces: true },
    ]);
    expect(row("swapped")).toMatchObject({ first: "create", causes: ["name"] });
    expect(row("kept")).toMatchObject({ retainOnDelete: true });
    expect(row("latter")).toMatchObject({ formerly: "former" });
    expect(row("updated")?.changes).toMatchObject([
      { path: "a", before: "1", after: '"1"' },
      { path: "list[0]", kind: "add", after: '"z"' },
    ]);
  });

  test("a plan without changes says so", async () => {
    const make = () => void new Thing("same", { a: 1 });
    await up(make);
    expect(document(await previewed(make))).toMatchObject({ unchanged: true, complete: true, changes: { same: 2 } });
  });

  test("the old value of what becomes a secret is in no form of the preview, and neither is the new one", async () => {
    await up(() => void new Thing("db", { a: "0ld-pa55word", b: pulumi.secret("0ld-secret") }));
    const model = await previewed(
      () => void new Thing("db", { a: pulumi.secret("n3w-pa55word"), b: "n3w-clear" }),
      {},
      { values: true },
    );
    for (const page of [markdown(model), text(model), JSON.stringify(document(model))])
      expect(page).not.toMatch(/0ld-|n3w-/);
    expect(model.rows[0]?.changes).toMatchObject([
      { path: "a", hidden: "secret" },
      { path: "b", hidden: "secret" },
    ]);
  });

  test("deleting a protected resource fails, and is shown with the engine's reason", async () => {
    await up(() => void new Thing("held", { a: 1 }, { protect: true }));
    const model = await previewed(() => undefined);
    expect(model.complete).toBe(false);
    expect(verdict(model)).toMatchObject({ code: "PREVIEW_FAILED" });
    expect(markdown(model)).toMatch(/❌ \*\*error\*\* \|.*protected/);
  });

  test("a resource that its provider refuses leaves a partial preview with what was seen before", async () => {
    const model = await previewed(() => {
      const made = new Thing("made", { a: 1 });
      new Thing("refused", { refuse: true }, { dependsOn: [made] });
    });
    expect(model.complete).toBe(false);
    expect(opsOf(model)).toMatchObject({ made: "create" });
    expect(text(model)).toContain("(incomplete)");
    expect(text(model)).toContain("x error: refused:");
  });

  test("a state that somebody holds does not stop a preview: it reads, and takes no lock", async () => {
    await up(() => void new Thing("same", { a: 1 }));
    const locks = join(folder, "state/.pulumi/locks/organization/golive/test");
    mkdirSync(locks, { recursive: true });
    const holder = { pid: process.pid, username: "somebody", hostname: "elsewhere", timestamp: "2026-11-25T12:00:00Z" };
    writeFileSync(join(locks, "b7c0.json"), JSON.stringify(holder));
    const model = await previewed(() => void new Thing("same", { a: 1 }));
    expect(model).toMatchObject({ complete: true, counts: { same: 2 } });
    expect(readdirSync(locks)).toEqual(["b7c0.json"]);
  });

  test("a plan that was written down is kept by the next up, and one that the program has left is refused", async () => {
    const plan = join(folder, "plan.json");
    const reviewed = () => void new Thing("one", { a: 1 });
    await previewed(reviewed, { plan });
    const other = await open(() => void new Thing("two", { a: pulumi.secret("hidden") }));
    await expect(other.up(quiet, { plan })).rejects.toMatchObject({
      code: "UPDATE_FAILED",
      message: expect.stringMatching(/plan/),
    });
    const result = await (await open(reviewed)).up(quiet, { plan });
    // The refused run made the stack itself, and nothing in it.
    expect(result.changes).toEqual({ create: 1, same: 1 });
    expect(readFileSync(plan, "utf8")).not.toContain("hidden");
  });

  test("against a copy without secrets, what comes from secrets neither shows nor replaces anything", async () => {
    let seed = "the real one";
    const make = (size: number) => () => {
      const revision = `revision-of-${seed}`;
      const secret = new Thing("secret", { a: pulumi.secret(seed), name: revision, dbr: true });
      new Thing("hangs-on-it", { name: secret.id, a: revision, b: size }, { dependsOn: [secret] });
    };
    await up(make(1));
    const looks: (readonly Step[])[] = [];
    for (seed of ["one stand-in", "another"]) looks.push(fromEvents(await eventsOf(make(2))).steps);
    expect(previewModel(fromEvents(await eventsOf(make(2))), asked).counts).toMatchObject({ replace: 2 });
    const ignored = fromSecrets(looks[0] ?? [], looks[1] ?? []);
    const stack = await open(make(2), {}, (program) => ignoring(program, () => ignored));
    const { events } = await stack.preview(quiet);
    const model = previewModel(fromEvents(events), asked);
    expect(opsOf(model)).toEqual({ "hangs-on-it": "update" });
    expect(model.rows[0]?.changes).toMatchObject([{ path: "b", before: "1", after: "2" }]);
  });

  test("three thousand resources of the engine fit into a comment", { timeout: 300_000 }, async () => {
    // The engine writes down the whole state after each resource, also in a preview, which keeps none: a minute for this many.
    const stack = await open(
      () => {
        for (let at = 0; at < 3000; at += 1) new Thing(`thing-${at}`, { a: at });
      },
      { PULUMI_SKIP_CHECKPOINTS: "true", PULUMI_EXPERIMENTAL: "true" },
    );
    const { events, failure } = await stack.preview(quiet);
    expect(failure).toBeUndefined();
    const model = previewModel(fromEvents(events), { stack: "test", source: "engine", complete: true });
    expect(model.counts).toEqual({ create: 3001 });
    expect(model.diagnostics).toEqual([]);
    const page = markdown(model);
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(commentLimit);
    expect(page.split("\n")[0]).toContain("3,001 create");
  });
});
