import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { FakeS3 } from "../testing/fake-s3.ts";
import { patient } from "../testing/test-world.ts";

const program = fileURLToPath(new URL("../testing/upload-memory.ts", import.meta.url));
const MiB = 1024 ** 2;

test("300 MB to a slow store are sent in the memory of a few parts", patient, async () => {
  const fake = new FakeS3();
  fake.keepsBodies = false;
  fake.partMilliseconds = 200;
  const endpoint = await fake.start();
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [program, endpoint, "300"]);
    const { before, most } = JSON.parse(stdout) as { before: number; most: number };
    expect(fake.objects.get("large")?.bytes).toBe(300 * MiB);
    // Three buffers of 8 MiB, and as much again for what the collector has not taken yet.
    expect((most - before) / MiB).toBeLessThan(64);
    expect(most / MiB).toBeLessThan(200);
  } finally {
    await fake.stop();
  }
});
