import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redact } from "@golive/errors/redact.ts";
import { fieldManager } from "@golive/infra/metadata.ts";
import { exitStatus } from "../core/child.ts";
import type { World } from "../core/world.ts";
import { kubectlFor } from "../platform/kubectl-command.ts";
import type { Path } from "../preview/difference.ts";
import type { Settings } from "../stack/settings.ts";
import type { ForeignField, LiveObject } from "./field-owners.ts";

/** What finds an object. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

type Inputs = Readonly<Record<string, unknown>>;

/** What became of an object. */
export interface Answer {
  /** As it is, or would be, afterwards; undefined where the server refused. */
  readonly object: LiveObject | undefined;
  /** What it said to that. */
  readonly said: string;
}

/** What the API server is asked about the program's objects. Options are kubectl's: `--dry-run=server` for what would be. */
export interface Asking {
  /** Those that are there, with their managedFields; `said` where some may not be read. */
  get(identities: readonly Identity[]): Promise<{ objects: readonly LiveObject[]; said: string }>;
  /** The object without these fields; refused when it has changed since it was read. */
  without(live: LiveObject, additions: readonly ForeignField[], options: readonly string[]): Promise<Answer>;
  /** The object as the program wants it, in the program's name and whoever's fields they are now. */
  apply(wanted: Inputs, options: readonly string[]): Promise<Answer>;
}

/** kubectl knows every kind of the cluster, and hands over objects as they are. */
export async function asking(world: World, settings: Settings): Promise<Asking> {
  const { file: program, target } = await kubectlFor(world, settings);
  /** @param given is handed over in a file that nobody else can read: what is asked for stands in no list of processes */
  async function kubectl(given: unknown, args: (file: string) => readonly string[]) {
    const folder = mkdtempSync(join(tmpdir(), "golive-fields-"));
    try {
      const file = join(folder, "given.json");
      writeFileSync(file, JSON.stringify(given), { mode: 0o600 });
      const [lines, errors]: [string[], string[]] = [[], []];
      const ended = await world.spawn(program, [...target, ...args(file), "--output=json"], {
        output: (line, stream) => void (stream === "stdout" ? lines : errors).push(line),
      });
      const failed = exitStatus(ended) !== 0;
      return { text: lines.join("\n"), failed, said: failed ? redact(errors.join("; ")) : "" };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const answer = ({ text, failed, said }: Awaited<ReturnType<typeof kubectl>>): Answer => ({
    object: failed || text === "" ? undefined : (JSON.parse(text) as LiveObject),
    said,
  });
  return {
    async get(identities) {
      const list = { apiVersion: "v1", kind: "List", items: identities };
      const { text, said } = await kubectl(list, (file) => [
        ...["get", `--filename=${file}`, "--ignore-not-found", "--show-managed-fields"],
      ]);
      // One that may not be read does not hide the others.
      const found = (text === "" ? {} : JSON.parse(text)) as { kind?: string; items?: LiveObject[] };
      const objects = found.kind === "List" ? found.items : found.kind === undefined ? [] : [found as LiveObject];
      return { objects: objects ?? [], said };
    },
    without: async ({ kind, apiVersion, metadata }, additions, options) => {
      const [version = "", group = ""] = apiVersion.split("/").reverse();
      const operations = [
        // All or nothing: in an object of another version these are other places.
        { op: "test", path: "/metadata/resourceVersion", value: metadata.resourceVersion },
        // From behind: what is taken out of a list moves what comes after it.
        ...additions
          .map(({ at }) => at)
          .sort(fromBehind)
          .map((at) => ({ op: "remove", path: at.map((key) => `/${pointer(key)}`).join("") })),
      ];
      const place = metadata.namespace === undefined ? [] : [`--namespace=${metadata.namespace}`];
      const what = group === "" ? kind : `${kind}.${version}.${group}`;
      return answer(
        await kubectl(operations, (file) => [
          ...["patch", what, metadata.name, ...place, "--type=json", `--patch-file=${file}`],
          ...[`--field-manager=${fieldManager}`, ...options],
        ]),
      );
    },
    apply: async (wanted, options) =>
      answer(
        await kubectl(wanted, (file) => [
          ...["apply", "--server-side", "--force-conflicts", `--field-manager=${fieldManager}`, `--filename=${file}`],
          ...options,
        ]),
      ),
  };
}

/** RFC 6901. */
const pointer = (key: string | number) => String(key).replaceAll("~", "~0").replaceAll("/", "~1");

function fromBehind(a: Path, b: Path): number {
  for (const [at, key] of a.entries()) {
    const other = b[at];
    if (other === undefined) return -1;
    if (key === other) continue;
    return typeof key === "number" && typeof other === "number" ? other - key : String(key) < String(other) ? 1 : -1;
  }
  return a.length - b.length;
}
