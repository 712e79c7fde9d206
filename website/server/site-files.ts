import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { contentType } from "./content-types.ts";

export type Encoding = "br" | "gzip" | "identity";

export interface SiteFile {
  readonly type: string;
  readonly etag: string;
  /** The file itself and its compressed copies, where `compress.ts` made some. */
  readonly copies: Readonly<Partial<Record<Encoding, { readonly file: string; readonly bytes: number }>>>;
}

/**
 * All that is served, by its address. What is not in the table does not exist, so no request can reach another file,
 * however it is written.
 */
export type SiteFiles = ReadonlyMap<string, SiteFile>;

const suffixes = { br: ".br", gzip: ".gz" } as const;

export function readSite(folder: string): SiteFiles {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const present = new Set(names);
  const isCopy = (name: string) =>
    Object.values(suffixes).some((suffix) => name.endsWith(suffix) && present.has(name.slice(0, -suffix.length)));
  return new Map(
    names
      .filter((name) => !isCopy(name))
      .map((name) => {
        const path = `/${relative(folder, name).split(sep).join("/")}`;
        return [path.replace(/\/index\.html$/, "/"), siteFile(name, present)];
      }),
  );
}

function siteFile(name: string, present: ReadonlySet<string>): SiteFile {
  const copy = (file: string) => ({ file, bytes: statSync(file).size });
  const compressed = Object.entries(suffixes).flatMap(([encoding, suffix]) =>
    present.has(name + suffix) ? [[encoding, copy(name + suffix)]] : [],
  );
  return {
    type: contentType(name),
    etag: `"${createHash("sha256").update(readFileSync(name)).digest("base64url").slice(0, 22)}"`,
    copies: { identity: copy(name), ...Object.fromEntries(compressed) },
  };
}

/** The smallest copy that the client takes. */
export function encodingFor(file: SiteFile, acceptEncoding: string | undefined): Encoding {
  const accepted = new Map(
    (acceptEncoding ?? "").split(",").map((part) => {
      const [name = "", quality] = part.split(";").map((text) => text.trim());
      return [name.toLowerCase(), quality !== undefined && /^q=0(\.0*)?$/.test(quality) ? 0 : 1];
    }),
  );
  const usable = (encoding: Encoding) => file.copies[encoding] !== undefined && accepted.get(encoding) === 1;
  return usable("br") ? "br" : usable("gzip") ? "gzip" : "identity";
}
