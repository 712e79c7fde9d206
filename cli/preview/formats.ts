import { GoliveError } from "@golive/errors/golive-error.ts";
import { type Input, text as textOf } from "../core/verb.ts";
import type { World } from "../core/world.ts";
import { document } from "./document.ts";
import { markdown } from "./markdown.ts";
import type { PreviewModel } from "./model.ts";
import type { Written } from "./paper.ts";
import { text } from "./text.ts";

const formats = ["text", "md", "json"] as const;
export type Format = (typeof formats)[number];

export function formatOf(input: Input): Format {
  const given = textOf(input, "format") ?? "text";
  const found = formats.find((one) => one === given);
  if (found) return found;
  throw new GoliveError("USAGE", `--format takes text, md or json, not "${given}"`, "Write --format md, for instance.");
}

/** @param full address or file of the whole text, for a comment that has to be cut */
export function writtenAs(world: World, model: PreviewModel, format: Format, full: string): Written {
  if (format === "json") return { text: JSON.stringify(document(model), undefined, 2) };
  if (format === "md") {
    const whole = markdown(model, { limit: Number.POSITIVE_INFINITY });
    const short = markdown(model, { full });
    return { text: short.trimEnd(), ...(short === whole ? {} : { whole }) };
  }
  // Progress decides what the world says of the terminal; this goes to stdout, which may be a file.
  const onTerminal = process.stdout.isTTY === true;
  const width = onTerminal ? { width: world.terminal.columns } : {};
  return { text: text(model, { colour: onTerminal && world.terminal.colour, ...width }) };
}
