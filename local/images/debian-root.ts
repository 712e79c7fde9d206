import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GoliveError } from "@golive/errors/golive-error.ts";
import { type AptSource, type DebianMirror, debianMirror, parseDeb822, parseOneLine } from "./apt-sources.ts";
import type { Run } from "./run.ts";

/** The root of the `debian` image. Every word of this table goes into its tag. */
export const debianRoot = {
  suite: "trixie",
  /** Bump to take in Debian's updates of the packages below and of those that Dockerfiles install. */
  asOf: "2026-11-25",
  variant: "minbase",
  /** Programs that talk TLS read its bundle; time zones are for Postgres. */
  include: ["ca-certificates", "tzdata"],
  /** An image that broke while it was built is thrown away: dpkg need not wait for the disk after every file. */
  options: ["force-unsafe-io"],
  /** Stay excluded for packages that a Dockerfile installs later: dpkg keeps these options in the image. */
  excludes: ["/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*", "/usr/share/doc/*"],
  /** Licences stay. */
  includes: ["/usr/share/doc/*/copyright"],
} as const;

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Where to fetch Debian from: GOLIVE_DEBIAN_MIRROR, else what this machine's apt uses. */
export async function findMirror(env: Readonly<Record<string, string | undefined>>, etcApt = "/etc/apt") {
  const chosen = env.GOLIVE_DEBIAN_MIRROR;
  if (chosen) return { main: chosen };
  const found = debianMirror(await readSources(etcApt));
  if (found) return found;
  throw new GoliveError(
    "IMAGE_BUILD_FAILED",
    `no mirror of Debian in ${etcApt}`,
    "Set GOLIVE_DEBIAN_MIRROR to the address of a mirror that ends in /debian.",
  );
}

async function readSources(etcApt: string): Promise<AptSource[]> {
  const folder = join(etcApt, "sources.list.d");
  const names = await readdir(folder).catch(() => []);
  const read = (path: string) => readFile(path, "utf8").catch(() => "");
  const oneLine = [
    join(etcApt, "sources.list"),
    ...names.filter((n) => n.endsWith(".list")).map((n) => join(folder, n)),
  ];
  const deb822 = names.filter((n) => n.endsWith(".sources")).map((n) => join(folder, n));
  return [
    ...(await Promise.all(oneLine.map(read))).flatMap(parseOneLine),
    ...(await Promise.all(deb822.map(read))).flatMap(parseDeb822),
  ];
}

/** Apt's sources for the suite, as a deb822 file: mounted over builds, never part of an image. */
export function sourcesFile(mirror: DebianMirror): string {
  const stanza = (uri: string, suites: string) =>
    `Types: deb\nURIs: ${uri}\nSuites: ${suites}\nComponents: main\nSigned-By: ${keyring}\n`;
  const { suite } = debianRoot;
  const main = stanza(mirror.main, `${suite} ${suite}-updates`);
  return mirror.security === undefined ? main : `${main}\n${stanza(mirror.security, `${suite}-security`)}`;
}

/** Makes the root as a tar file. Runs in namespaces of its own, so nothing stays mounted if it is killed. */
export async function makeDebianRoot(to: string, scratch: string, run: Run): Promise<void> {
  const sources = join(scratch, "debian.sources");
  await writeFile(sources, sourcesFile(await findMirror(process.env)));
  await run(
    "mmdebstrap",
    [
      "--mode=root",
      `--variant=${debianRoot.variant}`,
      `--include=${debianRoot.include.join(",")}`,
      '--aptopt=Acquire::Languages "none"',
      ...debianRoot.options.map((option) => `--dpkgopt=${option}`),
      ...debianRoot.excludes.map((path) => `--dpkgopt=path-exclude=${path}`),
      ...debianRoot.includes.map((path) => `--dpkgopt=path-include=${path}`),
      // This machine's mirror is its own affair, and an empty file is where builds mount it again.
      '--customize-hook=rm -f "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/*',
      '--customize-hook=touch "$1"/etc/apt/sources.list.d/golive.sources',
      debianRoot.suite,
      to,
      sources,
    ],
    {
      // Where the root is made before it is packed: on the disk that was measured, and gone with the folder.
      env: { TMPDIR: scratch },
    },
  );
}
