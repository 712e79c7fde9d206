import { expect, test } from "vitest";
import { type Finding, preflight, refuseUnfit } from "./preflight.ts";

const fine: Finding = { check: "root", ok: true, present: "root", needed: "root" };
const low: Finding = {
  check: "fs.inotify.max_user_instances",
  ok: false,
  present: "8",
  needed: "512",
  hint: "Raise it.",
};
const full: Finding = {
  check: "free disk",
  ok: false,
  present: "0.3 GiB",
  needed: "6.0 GiB",
  hint: "Free some space.",
};

test("an unfit machine is refused with every limit, its present and its needed value, and the steps", () => {
  expect(() => refuseUnfit([fine])).not.toThrow();
  expect(() => refuseUnfit([fine, low, full])).toThrow(
    expect.objectContaining({
      code: "HOST_UNFIT",
      message: expect.stringMatching(
        /max_user_instances is 8, needed is 512; free disk is 0\.3 GiB, needed is 6\.0 GiB/,
      ),
      hint: "Raise it. Free some space.",
    }),
  );
  expect(() => refuseUnfit([full])).toThrow(expect.objectContaining({ code: "DISK_FULL" }));
});

test("findings are plain data about this machine", async () => {
  const findings = await preflight("golive-test");
  expect(JSON.parse(JSON.stringify(findings))).toEqual(findings);
  expect(findings.map((f) => f.check)).toEqual(
    expect.arrayContaining(["root", "cgroup controllers", "free disk", "network"]),
  );
  for (const f of findings) expect(f.ok || f.hint, f.check).toBeTruthy();
});
