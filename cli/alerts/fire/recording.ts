import { readFile } from "node:fs/promises";
import { envelopeItems, fromEnvelopeItems } from "@golive/infra/errors/fire/from-envelope.ts";
import type { Observed } from "@golive/infra/errors/fire/item.ts";
import { z } from "zod";
import type { Dose } from "./dose.ts";

/** What an SDK sent in two stories: one that is enough for the rule, and one that is half of it. */
const shape = z.strictObject({
  about: z.string(),
  enough: z.array(z.string()),
  "near-miss": z.array(z.string()),
});

/** Envelopes of a file in `recorded/`, as Sentry would count them. */
export async function replay(recording: string, dose: Dose): Promise<Observed> {
  const file = new URL(`recorded/${recording}`, import.meta.url);
  const envelopes = shape.parse(JSON.parse(await readFile(file, "utf8")))[dose];
  return { items: fromEnvelopeItems(envelopes.flatMap(envelopeItems), "frontend") };
}
