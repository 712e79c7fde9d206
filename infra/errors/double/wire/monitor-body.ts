import { isRecord, type Properties, type Value } from "../values.ts";
import { given, items, record } from "./read.ts";

/** A monitor as `/detectors/` takes it, around what its kind adds. */
export function monitorToWire(type: string, inputs: Properties, own: Properties): Properties {
  return {
    type,
    name: inputs["name"] ?? null,
    // The bridge has no text for it; Sentry wants the field.
    description: null,
    enabled: inputs["enabled"] ?? true,
    owner: ownerToWire(inputs["owner"]),
    projectId: inputs["project"] ?? null,
    ...own,
  };
}

/** What every kind of monitor has, as a program would have written it. */
export function monitorFromWire(monitor: Properties): Record<string, Value | undefined> {
  return { name: monitor["name"], enabled: monitor["enabled"], owner: ownerFromWire(monitor["owner"]) };
}

/** The query, schedule or request that a monitor stands on. */
export function dataSource(monitor: Properties): Properties {
  const [source] = items(monitor["dataSources"], "data sources");
  return record(source?.["queryObj"], "data source");
}

function ownerToWire(owner: Value | undefined): Value {
  if (!isRecord(owner)) return null;
  if (typeof owner["teamId"] === "string") return `team:${owner["teamId"]}`;
  if (typeof owner["userId"] === "string") return `user:${owner["userId"]}`;
  return null;
}

export function ownerFromWire(owner: Value | undefined): Value | undefined {
  if (!isRecord(owner)) return undefined;
  return given({ [owner["type"] === "team" ? "teamId" : "userId"]: owner["id"] });
}
