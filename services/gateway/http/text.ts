import { z } from "zod";

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const controls = /[\u0000-\u001f\u007f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const controlsButLines = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

// Half a surrogate pair would be stored as another character than the one that was sent.
const wellFormed = (text: string): boolean => text.isWellFormed();

/** One line of text. */
export const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1, "must not be empty")
    .max(max)
    .refine((text) => !controls.test(text), "must not contain control characters")
    .refine(wellFormed, "must be well-formed Unicode");

/** Text of several lines, possibly none. */
export const paragraph = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !controlsButLines.test(text), "must not contain control characters")
    .refine(wellFormed, "must be well-formed Unicode");
