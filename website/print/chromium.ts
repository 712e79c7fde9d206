import { existsSync } from "node:fs";
import type { Browser } from "playwright-core";

const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export const chromiumPath = (): string | undefined =>
  places.find((place) => place !== undefined && place !== "" && existsSync(place));

/** Imported when it is used: tests ask first whether it is installed. */
export async function openBrowser(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error("chromium is missing");
  // Containers give neither the namespaces of its sandbox nor much shared memory.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}
