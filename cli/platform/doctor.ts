import { codes } from "@golive/errors/codes.ts";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { table } from "../core/table.ts";
import { stackArg, text, verb } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import { checkContext, checkDisk, checkPorts, neededTools } from "../stack/prepare.ts";
import { readSettings, type Settings, stackName } from "../stack/settings.ts";

/** A check returns what is well; what is not well it throws, with the way out in the hint. */
interface Check {
  readonly title: string;
  check(): Promise<string>;
}

export const doctor = verb({
  about: "check that this machine can run the platform",
  details:
    "Checks, one after the other, what `golive up` relies on, and says how to put right what is not. With --production it checks instead " +
    "what a production has to have, by the stack's file and by the running stack where it answers; the stack is production then, unless " +
    "another is named. It only looks; exit 8 on findings.",
  args: [stackArg],
  flags: { production: { about: "what has to be there before people depend on it" } },
  json: true,
  examples: [
    { run: "golive doctor", about: "before the first `golive up`, or when it failed" },
    { run: "golive doctor --production", about: "before the first user, and each quarter" },
  ],
  exits: ["CONFIG_INVALID", "UNHEALTHY"],
  async run(world, input) {
    if (input.production === true) {
      // Loaded here: it reads the configuration's schema, which no other check needs.
      const { doctorProduction } = await import("./doctor-production.ts");
      return await doctorProduction(world, stackName(world, { stack: text(input, "stack") ?? "production" }));
    }
    const found = [];
    for (const { title, check } of await checks(world, stackName(world, input))) {
      world.signal.throwIfAborted();
      found.push({ title, ...(await outcome(check)) });
    }
    const bad = found.filter(({ ok }) => !ok).length;
    const rows = found.map(({ ok, title, detail }) => [ok ? "ok" : "BAD", title, detail]);
    const hints = found.flatMap(({ ok, title, hint }) => (ok ? [] : [`  ${title}: ${hint}`]));
    const shown = [
      table(rows),
      "",
      ...(bad === 0 ? ["Nothing is in the way of `golive up`."] : ["What to do:", ...hints]),
    ].join("\n");
    return { exit: bad === 0 ? 0 : codes.UNHEALTHY.exit, json: { healthy: bad === 0, checks: found }, text: shown };
  },
});

async function outcome(check: () => Promise<string>) {
  try {
    return { ok: true, detail: await check(), hint: "" };
  } catch (error) {
    if (error instanceof GoliveError) return { ok: false, detail: error.message, hint: error.hint };
    return { ok: false, detail: (error as Error).message, hint: "Run `golive doctor --debug`." };
  }
}

async function checks(world: World, stack: string): Promise<Check[]> {
  let settings: Settings | undefined;
  const list: Check[] = [
    { title: "Node", check: async () => `${process.version} at ${process.execPath}` },
    {
      title: `Configuration of ${stack}`,
      check: async () => {
        settings = await readSettings(world, stack);
        return settings.target.kind === "embedded"
          ? `embedded cluster ${settings.target.cluster}`
          : `context ${settings.target.context}`;
      },
    },
    {
      title: "Disk",
      check: async () => checkDisk(world),
    },
  ];
  const known = await readSettings(world, stack).catch(() => undefined);
  if (!known) return list;
  list.push({ title: "Tools", check: () => toolCheck(world, known) });
  if (known.target.kind === "context") {
    const { target } = known;
    list.push({
      title: `Context ${target.context}`,
      check: async () => `${await checkContext(world, known)}, ${await (await world.kube(target)).version()}`,
    });
    return list;
  }
  const { cluster } = known.target;
  list.push({ title: "Ports", check: () => checkPorts(world, known, cluster) });
  list.push({ title: "Host", check: () => hostCheck(world) });
  return list;
}

/** Only looks: building is the business of `up`. */
async function toolCheck(world: World, settings: Settings): Promise<string> {
  const toolchain = await world.toolchain();
  const names = neededTools(toolchain, settings);
  const missing = toolchain.missingTools([...names]);
  if (missing.length === 0) return `${names.length} in place`;
  const minutes = Math.ceil(missing.reduce((sum, name) => sum + toolchain.tool(name).seconds, 0) / 60);
  throw new GoliveError(
    "TOOL_MISSING",
    `not built yet: ${missing.join(", ")}`,
    `\`golive up\` builds them, about ${minutes} minutes on two cores.`,
  );
}

async function hostCheck(world: World): Promise<string> {
  const bad = (await world.hostFindings()).filter(({ ok }) => !ok);
  if (bad.length === 0) return "can run the embedded cluster";
  const what = bad.map(({ check, present, needed }) => `${check} is ${present}, needed is ${needed}`).join("; ");
  throw new GoliveError(
    "HOST_UNFIT",
    what,
    bad
      .map(({ hint }) => hint)
      .filter(Boolean)
      .join(" "),
  );
}
