import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { platformSchema, secretKeys } from "@golive/infra/config/schema.ts";
import { checkPlatformConfig, type PlatformConfig } from "@golive/infra/config.ts";
import type { Environment } from "@golive/infra/runbooks/placeholders.ts";
import { parse } from "yaml";
import type { Page } from "./page.ts";
import { runbooksFolder } from "./pages.ts";

/** A file that golive writes, whole or in part. */
export interface Generated {
  /** Below the repository. */
  readonly path: string;
  readonly text: string;
  /** False: the file is there and says something else, or is not there. */
  readonly fresh: boolean;
}

export const cataloguePath = `${runbooksFolder}/alerts/index.md`;
export const environmentsPath = `${runbooksFolder}/environments.json`;

/** Environments that the pages can be read for: people have no use for that of the tests. */
const readable = ["local", "staging", "production"] as const;

/** Everything that is generated, as the data have it now. */
export async function generated(repo: string, pages: readonly Page[]): Promise<Generated[]> {
  // Loaded here: the tables of all alerts take half a second that a single page need not spend.
  const [{ cataloguePage }, { withCard }, { alertSlugs }] = await Promise.all([
    import("@golive/infra/runbooks/catalogue.ts"),
    import("@golive/infra/runbooks/facts.ts"),
    import("@golive/infra/runbooks/alert-facts.ts"),
  ]);
  const cards = pages.flatMap(({ file, source }) => {
    const [, slug] = /^alerts\/(.+)\.md$/.exec(file) ?? [];
    const text = slug !== undefined && alertSlugs.includes(slug) ? withCard(source, slug) : undefined;
    return text === undefined ? [] : [{ path: `${runbooksFolder}/${file}`, text, fresh: text === source }];
  });
  const whole = async (path: string, text: string): Promise<Generated> => {
    const file = join(repo, path);
    return { path, text, fresh: existsSync(file) && readFileSync(file, "utf8") === text };
  };
  return [
    ...cards,
    await whole(cataloguePath, cataloguePage()),
    await whole(environmentsPath, `${JSON.stringify(await environments(repo), undefined, 2)}\n`),
  ];
}

async function environments(repo: string): Promise<Record<string, Environment>> {
  const { environmentOf } = await import("@golive/infra/runbooks/placeholders.ts");
  const found = readable.flatMap((stack) => {
    const file = join(repo, `Pulumi.${stack}.yaml`);
    if (!existsSync(file)) return [];
    const config = wellFormed(parse(readFileSync(file, "utf8")));
    return config === undefined ? [] : [[stack, environmentOf(stack, config)] as const];
  });
  return Object.fromEntries(found);
}

/** A stack's file may wait for its secrets and its escrow key, and says where things are all the same. */
export function wellFormed(document: unknown): PlatformConfig | undefined {
  const raw = (document as { config?: Record<string, unknown> } | null)?.config ?? {};
  const { config } = checkPlatformConfig(raw);
  if (config) return config;
  const own = Object.entries(raw)
    .filter(([name]) => name.startsWith("golive:"))
    .map(([name, value]) => [name.slice("golive:".length), value] as const)
    .filter(([name]) => !(name in secretKeys));
  return platformSchema.safeParse(Object.fromEntries(own)).data;
}
