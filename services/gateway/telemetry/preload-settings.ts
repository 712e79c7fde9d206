import { z } from "zod";
import { type TrackerConfig, trackerConfig, trackerFaults, trackerVariables } from "../tracker/config.ts";
import { type TelemetryConfig, telemetryConfig, telemetryFaults, telemetryVariables } from "./settings.ts";

/** What has to be known before the first module of the server is loaded. */
export interface PreloadSettings {
  readonly telemetry: TelemetryConfig;
  readonly tracker: TrackerConfig;
}

const environment = z.object({ ...telemetryVariables, ...trackerVariables });

/** Parts of a URL that may be secret are not repeated in a message. */
const secretVariables: ReadonlySet<string> = new Set(["SENTRY_DSN"]);

/** @returns the settings, or every fault of the environment, each naming its variable */
export function readPreloadSettings(env: NodeJS.ProcessEnv): PreloadSettings | { readonly faults: readonly string[] } {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ""));
  const result = environment.safeParse(given);
  if (!result.success) {
    return {
      faults: result.error.issues.map(({ path, message }) => {
        const key = path.join(".");
        return secretVariables.has(key)
          ? `${key}: ${message}`
          : `${key}: ${message}, got ${JSON.stringify(given[key])}`;
      }),
    };
  }
  const faults = [...telemetryFaults(result.data), ...trackerFaults(result.data)];
  if (faults.length > 0) return { faults };
  return { telemetry: telemetryConfig(result.data), tracker: trackerConfig(result.data) };
}
