import { createHash } from "node:crypto";

/** One file of a build context as the tag sees it. */
export interface TaggedFile {
  /** Path in the context, with forward slashes. */
  readonly path: string;
  readonly executable: boolean;
  /** SHA-256 of the content, or whatever else stands for it. */
  readonly digest: string;
}

/** Everything an image is made of. */
export interface TagParts {
  readonly files: readonly TaggedFile[];
  /** Build arguments: the references of base and stage images, which carry their own tags. */
  readonly buildArgs: Readonly<Record<string, string>>;
  /** What the image says about itself. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Bump when the way of building changes so that finished images must not be taken for current ones. */
const format = 1;

/**
 * The image's tag: the first 12 hex digits of a hash over all inputs. The order in which they were listed does not
 * matter; the text is JSON of arrays, so that no two different inputs can read the same.
 */
export function tagOf({ files, buildArgs, labels }: TagParts): string {
  const sorted = <T extends readonly [string, ...unknown[]]>(rows: T[]) => rows.sort((a, b) => (a[0] < b[0] ? -1 : 1));
  const text = JSON.stringify([
    format,
    sorted(files.map((file) => [file.path, file.executable, file.digest] as const)),
    sorted(Object.entries(buildArgs)),
    sorted(Object.entries(labels)),
  ]);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
