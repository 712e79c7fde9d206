/**
 * `node clean.ts <name> [delete]`, started by stop.ts under the cluster's locks after its supervisor has gone: removes what a
 * killed cluster left on the host and, when asked, the cluster's folder.
 */
import { rm } from "node:fs/promises";
import { layout } from "./layout.ts";
import { clearLeftovers } from "./leftovers.ts";
import { linkFor } from "./network.ts";

const place = layout(process.argv[2] ?? "");
await clearLeftovers(place, linkFor(place.name));
if (process.argv[3] === "delete") await rm(place.dir, { recursive: true, force: true });
