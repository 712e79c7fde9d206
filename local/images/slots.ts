/** At most so many pieces of work at a time, in the order in which they asked. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async use(work: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await work();
    } finally {
      // A slot is handed on without being free in between, or a newcomer could take it.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
