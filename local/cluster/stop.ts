import { existsSync } from "node:fs";
import { GoliveError } from "@golive/errors/golive-error.ts";
import type { Progress } from "../report.ts";
import { askStatus, askStop } from "./control.ts";
import { layout } from "./layout.ts";
import { folderHeld, type Launched, launch, linkHeld, linkInUse } from "./locked.ts";
import { waitFor } from "./wait.ts";

/** Ends the cluster and keeps its data. Containers get time to write; nothing of it runs or is mounted afterwards. */
export async function stopCluster(options: { name: string } & Progress): Promise<void> {
  await end(options, false);
}

/** Ends the cluster and deletes everything in it: objects, images, volumes. */
export async function deleteCluster(options: { name: string } & Progress): Promise<void> {
  await end(options, true);
}

async function end({ name, report, signal }: { name: string } & Progress, forEver: boolean): Promise<void> {
  const place = layout(name);
  if (!existsSync(place.dir)) return;
  if (await askStatus(place.socket)) {
    report(forEver ? "stopping the cluster" : "stopping containers, then the control plane");
    await askStop(place.socket, forEver);
  }
  let cleaning: Launched | undefined;
  await waitFor(
    async () => {
      if (cleaning?.exit === 0) return undefined;
      // A supervisor holds the locks until the last of its cluster has gone.
      if (!cleaning || cleaning.exit === folderHeld)
        cleaning = await launch(place, "clean.ts", ...(forEver ? ["delete"] : []));
      else if (cleaning.exit === linkHeld) throw linkInUse(place);
      else if (cleaning.exit !== undefined)
        throw new GoliveError(
          "CLUSTER_FAILED",
          `the cluster ${name} did not go cleanly`,
          `Read ${place.supervisorLog}, then run the same command again.`,
        );
      return "its supervisor is still there";
    },
    {
      what: `the cluster ${name} to stop`,
      seconds: 90,
      signal,
      hint: `Another run may have started it again. Its log is ${place.supervisorLog}.`,
    },
  );
}
