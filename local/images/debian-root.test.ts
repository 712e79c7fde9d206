import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseDeb822 } from "./apt-sources.ts";
import { findMirror, sourcesFile } from "./debian-root.ts";

async function etcApt(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "etc-apt-"));
  await mkdir(join(folder, "sources.list.d"));
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
  return folder;
}

test("the mirror comes from either format, and files that apt ignores are ignored", async () => {
  const deb822 = "Types: deb\nURIs: http://a.example/debian\nSuites: bookworm\nComponents: main\n";
  const folder = await etcApt({
    "sources.list.d/off.sources.disabled": deb822,
    "sources.list.d/debian.sources": deb822.replace("a.example", "b.example"),
  });
  expect(await findMirror({}, folder)).toEqual({ main: "http://b.example/debian" });
  const oneLine = await etcApt({ "sources.list": "deb http://c.example/debian bookworm main\n" });
  expect(await findMirror({}, oneLine)).toEqual({ main: "http://c.example/debian" });
});

test("GOLIVE_DEBIAN_MIRROR comes first; without any mirror the error names it", async () => {
  const empty = await etcApt({});
  expect(await findMirror({ GOLIVE_DEBIAN_MIRROR: "http://d.example/debian" }, empty)).toEqual({
    main: "http://d.example/debian",
  });
  await expect(findMirror({}, empty)).rejects.toMatchObject({
    code: "IMAGE_BUILD_FAILED",
    hint: expect.stringContaining("GOLIVE_DEBIAN_MIRROR"),
  });
});

test("the sources of a build are signed, of one suite, and hold security updates where the machine has them", () => {
  const both = sourcesFile({ main: "http://a.example/debian", security: "http://a.example/debian-security" });
  expect(parseDeb822(both)).toEqual([
    { uris: ["http://a.example/debian"], suites: ["trixie", "trixie-updates"], components: ["main"] },
    { uris: ["http://a.example/debian-security"], suites: ["trixie-security"], components: ["main"] },
  ]);
  expect(both.match(/^Signed-By: \/\S+$/gm)).toHaveLength(2);
});
