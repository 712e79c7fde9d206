import { securityEventKinds, subsystems } from "../../services/gateway/tracker/contracts.ts";

/** Tags that the gateway sets, with all their values. */
const tags: Readonly<Record<string, readonly string[]>> = { subsystem: subsystems, security_event: securityEventKinds };

export const isTag = (key: string): boolean => Object.hasOwn(tags, key);

/** Whether any event of the gateway has it. */
export const isTagged = (key: string, value: string): boolean => isTag(key) && tags[key]?.includes(value) === true;

/** All of them, as a hint says it. */
export const tagHint = `Of the gateway's tags, ${Object.entries(tags)
  .map(([key, values]) => `${key} is one of ${values.join(", ")}`)
  .join("; ")}.`;
