import { z } from "zod";
import { originFault } from "./origins.ts";

export const browserVariables = {
  CORS_ORIGINS: z
    .string()
    .default("")
    .describe("origins, separated by commas, whose pages may call the API with credentials; none by default"),
};

export type BrowserEnvironment = z.infer<z.ZodObject<typeof browserVariables>>;

export interface BrowserConfig {
  readonly origins: ReadonlySet<string>;
}

export function browserConfig(e: BrowserEnvironment): BrowserConfig {
  return { origins: new Set(listed(e)) };
}

export function browserFaults(e: BrowserEnvironment): string[] {
  return listed(e).flatMap((origin) => {
    const fault = originFault(origin);
    return fault === undefined ? [] : [`CORS_ORIGINS: ${JSON.stringify(origin)}: ${fault}`];
  });
}

const listed = ({ CORS_ORIGINS }: BrowserEnvironment): string[] =>
  CORS_ORIGINS.split(",")
    .map((origin) => origin.trim())
    .filter((origin) => origin !== "");
