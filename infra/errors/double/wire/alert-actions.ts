import type { Properties, Value } from "../values.ts";
import { onlyField } from "./alert-conditions.ts";
import { given, record } from "./read.ts";

/** Where a field of an action stands on the wire: in `config` or in `data`, under which name. */
type Place = readonly ["config" | "data", string];

interface ActionKind {
  readonly fields: Readonly<Record<string, Place>>;
  /** Fixed, where the program does not choose it. */
  readonly targetType?: "specific";
}

/** The actions that notify people. Those that open tickets are for the real provider alone. */
export const actionKinds = {
  discord: { targetType: "specific", fields: { channelId: ["config", "targetIdentifier"], tags: ["data", "tags"] } },
  email: {
    fields: {
      targetType: ["config", "targetType"],
      targetId: ["config", "targetIdentifier"],
      fallthroughType: ["data", "fallthroughType"],
    },
  },
  msteams: {
    targetType: "specific",
    fields: { teamId: ["config", "targetIdentifier"], channelName: ["config", "targetDisplay"] },
  },
  opsgenie: {
    targetType: "specific",
    fields: {
      teamId: ["config", "targetIdentifier"],
      teamName: ["config", "targetDisplay"],
      priority: ["data", "priority"],
    },
  },
  pagerduty: {
    targetType: "specific",
    fields: {
      serviceId: ["config", "targetIdentifier"],
      serviceName: ["config", "targetDisplay"],
      severity: ["data", "priority"],
    },
  },
  slack: {
    targetType: "specific",
    fields: {
      channelId: ["config", "targetIdentifier"],
      channelName: ["config", "targetDisplay"],
      notes: ["data", "notes"],
      tags: ["data", "tags"],
    },
  },
} as const satisfies Record<string, ActionKind>;

export function actionToWire(action: Properties): Properties {
  const [type, fields] = onlyField(action, "action");
  const { fields: places, targetType } = kindOf(type);
  const parts: { config: Record<string, Value>; data: Record<string, Value> } = { config: {}, data: {} };
  if (targetType) parts.config["targetType"] = targetType;
  for (const [name, [part, wireName]] of Object.entries(places)) {
    const value = fields[name] ?? undefined;
    if (value !== undefined) parts[part][wireName] = value;
  }
  return given({ type, integrationId: fields["integrationId"] ?? undefined, ...parts });
}

export function actionFromWire(action: Properties): Properties {
  const type = String(action["type"]);
  const fields = Object.entries(kindOf(type).fields).map(([name, [part, wireName]]) => {
    return [name, record(action[part], `${part} of an action`)[wireName] ?? undefined] as const;
  });
  return { [type]: given({ integrationId: action["integrationId"] ?? undefined, ...Object.fromEntries(fields) }) };
}

function kindOf(type: string): ActionKind {
  const kind = (actionKinds as Readonly<Record<string, ActionKind>>)[type];
  if (!kind) throw new Error(`the double speaks no action "${type}", only ${Object.keys(actionKinds).join(", ")}`);
  return kind;
}
