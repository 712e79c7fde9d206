import { GoliveError } from "@golive/errors/golive-error.ts";

/** Why a run ends early. Ctrl-C is a person, SIGTERM is the cluster: those who read exit statuses want to tell them apart. */
export const stoppedBy = (signal: "SIGTERM" | "SIGINT"): GoliveError =>
  new GoliveError(
    signal === "SIGTERM" ? "TERMINATED" : "INTERRUPTED",
    `stopped by ${signal}`,
    "Nothing half-done counts; run the same command again.",
  );
