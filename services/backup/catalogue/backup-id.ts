import { randomBytes } from "node:crypto";

const shape = /^\d{4}-\d{2}-\d{2}T\d{6}Z-[0-9a-f]{6}$/;

/** As in `2026-11-24T020013Z-3f9c1a`: UTC, so that names sort by time and no change of clocks repeats one. */
export function newBackupId(now: Date, random: () => string = () => randomBytes(3).toString("hex")): string {
  return `${now.toISOString().slice(0, 19).replaceAll(":", "")}Z-${random()}`;
}

export const isBackupId = (text: string): boolean => shape.test(text);
