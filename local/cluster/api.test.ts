import type { V1Pod } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { isReady, isStale } from "./api.ts";

const boot = new Date("2026-11-25T10:00:00.700Z");
const pod = (...started: (string | undefined)[]): V1Pod => ({
  status: {
    conditions: [{ type: "Ready", status: "True" }],
    containerStatuses: started.map((at) => ({
      name: "c",
      image: "i",
      imageID: "",
      ready: true,
      restartCount: 0,
      state: at ? { running: { startedAt: new Date(at) } } : {},
    })),
  },
});

test("a pod that runs since before the boot is a memory, not a pod", () => {
  expect(isStale(pod("2026-11-25T09:59:00Z"), boot)).toBe(true);
  expect(isStale(pod("2026-11-25T10:00:05Z", "2026-11-25T09:59:00Z"), boot)).toBe(true);
  expect(isStale(pod("2026-11-25T10:00:05Z"), boot)).toBe(false);
  expect(isStale(pod("2026-11-25T10:00:00Z"), boot), "the API counts whole seconds").toBe(false);
  expect(isReady(pod("2026-11-25T10:00:05Z"))).toBe(true);
  expect(isReady({})).toBe(false);
});
