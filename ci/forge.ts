/** A comment on a pull request, or a note on a merge request. */
export interface Note {
  readonly id: number;
  readonly author: string;
  readonly body: string;
}

/** Where a discussion takes place. Both forges are used through this. */
export interface Discussion {
  /** Login that our own comments are written under. */
  readonly me: string;
  list(): Promise<Note[]>;
  /** Undefined when it is gone. */
  read(id: number): Promise<Note | undefined>;
  create(body: string): Promise<Note>;
  /** False when it is gone. */
  update(id: number, body: string): Promise<boolean>;
  /** No matter whether it is gone already. */
  remove(id: number): Promise<void>;
}

export interface Forge {
  /** Beginnings of addresses that belong to the repository. */
  readonly links: readonly string[];
  /** The discussion of the open pull request with this head; undefined where there is none (any more). */
  discussion(sha: string): Promise<Discussion | undefined>;
}
