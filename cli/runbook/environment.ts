import type { PlatformConfig } from "@golive/infra/config.ts";
import { type Environment, environmentOf } from "@golive/infra/runbooks/placeholders.ts";
import type { World } from "../core/world.ts";
import type { Settings } from "../stack/settings.ts";

/** What the pages say in a stack, with the ports as they are published here and now. */
export function environmentFor(world: World, { stack, config }: Settings): Environment {
  return environmentOf(stack, config.parsed as PlatformConfig, Number(world.env.GOLIVE_PORT_OFFSET ?? 0));
}
