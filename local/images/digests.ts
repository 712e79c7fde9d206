import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";

interface Known {
  readonly size: number;
  readonly mtimeMs: number;
  readonly inode: number;
  readonly sha256: string;
}

/** Smaller files are read every time: that is quicker than it is worth to remember them. */
const rememberFrom = 1_000_000;

/** SHA-256 of files; those of big programs are remembered until size, time or inode of the file change. */
export class Digests {
  readonly #path: string;
  readonly #known: Map<string, Known>;
  #changed = false;

  private constructor(path: string, known: Map<string, Known>) {
    this.#path = path;
    this.#known = known;
  }

  static async open(path: string): Promise<Digests> {
    try {
      return new Digests(path, new Map(Object.entries(JSON.parse(await readFile(path, "utf8")))));
    } catch {
      // Absent or broken: only time is lost.
      return new Digests(path, new Map());
    }
  }

  async of(path: string): Promise<string> {
    const { size, mtimeMs, ino: inode } = await stat(path);
    const known = this.#known.get(path);
    if (known?.size === size && known.mtimeMs === mtimeMs && known.inode === inode) return known.sha256;
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    const sha256 = hash.digest("hex");
    if (size >= rememberFrom) {
      this.#known.set(path, { size, mtimeMs, inode, sha256 });
      this.#changed = true;
    }
    return sha256;
  }

  async save(): Promise<void> {
    if (!this.#changed) return;
    await mkdir(dirname(this.#path), { recursive: true });
    const partial = `${this.#path}.${process.pid}.partial`;
    await writeFile(partial, JSON.stringify(Object.fromEntries(this.#known), null, 1));
    await rename(partial, this.#path);
    this.#changed = false;
  }
}
