import { expect, test } from "vitest";
import { buildFailed, fileFault } from "./build-errors.ts";

const disk = { place: "/cache/images", freeMb: 300, neededMb: 450 };
const outcome = { program: "buildah", exitCode: 1, stdout: "STEP 1/2: FROM scratch", stderr: "" };

test("a failed build shows the last lines that the program said, without secrets", () => {
  const stderr = [
    ...Array.from({ length: 40 }, (_, i) => `line ${i}`),
    "Reading...\rtoken=abcdef",
    "E: no package x",
    "",
  ].join("\n");
  const error = buildFailed("valkey", { ...outcome, exitCode: 100, stderr }, disk);
  expect(error).toMatchObject({ code: "IMAGE_BUILD_FAILED", exit: 3 });
  expect(error.message.split("\n")).toHaveLength(13);
  expect(error.message).toMatch(/^image valkey did not build: buildah ended with status 100\n/);
  expect(error.message).toMatch(/token=\*\*\*\nE: no package x$/);
});

test("a silent failure shows what went to standard output instead", () => {
  expect(buildFailed("valkey", outcome, disk).message).toContain("STEP 1/2: FROM scratch");
});

test.each([
  "write /x: no space left on device",
  "cp: error: No space left on device",
  "ENOSPC: write",
  "disk quota exceeded",
])("%j is a full disk, with the path, what is free and what is needed", (stderr) => {
  expect(buildFailed("valkey", { ...outcome, stderr }, disk)).toMatchObject({
    code: "DISK_FULL",
    message: "300 MB free at /cache/images, the images to build need 450 MB",
  });
});

test("a build that fails while nothing is free any more failed of that, whatever its program says", () => {
  const stderr = "storing layer to file: io: read/write on closed pipe";
  expect(buildFailed("valkey", { ...outcome, stderr }, disk)).toMatchObject({ code: "IMAGE_BUILD_FAILED" });
  expect(buildFailed("valkey", { ...outcome, stderr }, { ...disk, freeMb: 3 })).toMatchObject({ code: "DISK_FULL" });
});

test.each([
  { errorCode: "ENOENT", exitCode: undefined },
  { exitCode: 127, stderr: "unshare: failed to execute buildah: No such file or directory" },
])("a program that is not there is named: %j", (more) => {
  expect(buildFailed("valkey", { ...outcome, ...more }, disk)).toMatchObject({
    code: "TOOL_MISSING",
    message: "buildah is not installed",
    hint: expect.stringContaining("buildah"),
  });
});

test("exit 127 of a step inside the build is a fault of the build", () => {
  const stderr = "/bin/sh: 1: nope: not found";
  expect(buildFailed("valkey", { ...outcome, exitCode: 127, stderr }, disk)).toMatchObject({
    code: "IMAGE_BUILD_FAILED",
  });
});

test("a full disk under golive's own files is DISK_FULL with its cause; other faults pass", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  expect(fileFault(full, () => disk)).toMatchObject({ code: "DISK_FULL", cause: full });
  const other = Object.assign(new Error("EACCES"), { code: "EACCES" });
  expect(fileFault(other, () => disk)).toBe(other);
});
