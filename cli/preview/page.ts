/** Room for a text, counted in bytes: as many characters at most fit into it too. */
export class Room {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get left(): number {
    return this.#left;
  }

  /** Takes whole lines, or none of them. */
  take(lines: readonly string[]): boolean {
    const size = bytesOf(lines);
    if (size > this.#left) return false;
    this.#left -= size;
    return true;
  }

  /** Takes one after the other until one does not fit; returns how many did. */
  takeMost(blocks: readonly (readonly string[])[]): number {
    const end = blocks.findIndex((lines) => !this.take(lines));
    return end < 0 ? blocks.length : end;
  }
}

/** Each with its line break. */
export const bytesOf = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
