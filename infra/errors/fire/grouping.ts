import { z } from "zod";

/** The part of an exception that groups are made by; frames from the outermost call to the innermost. */
export const sentryException = z.object({
  type: z.string().optional(),
  value: z.string().optional(),
  stacktrace: z
    .object({
      frames: z
        .array(
          z.object({
            in_app: z.boolean().default(false),
            filename: z.string().optional(),
            module: z.string().optional(),
            function: z.string().optional(),
          }),
        )
        .default([]),
    })
    .optional(),
});

export interface Groupable {
  /** What the sender wants the group to be; `{{ default }}` stands for what it would be otherwise. */
  readonly fingerprint: readonly string[] | undefined;
  /** The chain of causes; the error itself is the last one. */
  readonly exceptions: readonly z.infer<typeof sentryException>[];
  readonly message: string | undefined;
  readonly transaction: string | undefined;
}

/**
 * What makes two events one issue: the sender's fingerprint, else the kind of error and the innermost frame of our own code, else the
 * message. Sentry looks at more frames than one, so what is one group here can be several there.
 */
export function fingerprintOf(event: Groupable): string {
  if (!event.fingerprint || event.fingerprint.length === 0) return defaultGroup(event);
  return event.fingerprint.map((part) => (/^\{\{ *default *\}\}$/.test(part) ? defaultGroup(event) : part)).join(" ");
}

function defaultGroup({ exceptions, message, transaction }: Groupable): string {
  const error = exceptions.at(-1);
  if (!error) return message ?? transaction ?? "";
  const frame = error.stacktrace?.frames.findLast(({ in_app }) => in_app);
  const place = frame && `${frame.module ?? frame.filename ?? ""} ${frame.function ?? ""}`;
  // Without a frame of ours only the words are left to tell errors apart.
  return `${error.type ?? "Error"} ${place ?? error.value ?? ""}`.trim();
}
