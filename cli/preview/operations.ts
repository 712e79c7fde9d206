interface Operation {
  /** Place on the page: what cannot be taken back stands first. */
  readonly rank: number;
  readonly symbol: string;
  /** True for a step that belongs to another one of the same resource and is not counted by the engine. */
  readonly partOf?: string;
  /** Said of a row that has no other name for it. */
  readonly words?: string;
}

/** Every operation of the engine. One that is not here is shown as it is, between updates and creations. */
export const operations: Readonly<Record<string, Operation>> = {
  replace: { rank: 0, symbol: "±" },
  "create-replacement": { rank: 0, symbol: "±", partOf: "replace" },
  "import-replacement": { rank: 0, symbol: "±", partOf: "replace" },
  "read-replacement": { rank: 0, symbol: "±", partOf: "replace" },
  "delete-replaced": { rank: 1, symbol: "-", partOf: "replace", words: "delete the old copy" },
  "discard-replaced": { rank: 1, symbol: "-", partOf: "replace", words: "forget the old copy" },
  "remove-pending-replace": { rank: 1, symbol: "-", partOf: "replace", words: "forget the old copy" },
  delete: { rank: 1, symbol: "-" },
  discard: { rank: 1, symbol: "-", words: "forget" },
  import: { rank: 2, symbol: "=" },
  update: { rank: 3, symbol: "~" },
  create: { rank: 5, symbol: "+" },
  read: { rank: 6, symbol: ">" },
  refresh: { rank: 7, symbol: "↻" },
  same: { rank: 9, symbol: " " },
};

const unknown: Operation = { rank: 4, symbol: "?" };

export const operationOf = (op: string): Operation => operations[op] ?? unknown;
export const isKnown = (op: string): boolean => op in operations;

/** How people read it: `replace`, `delete the old copy`. */
export const wordsOf = (op: string): string => operationOf(op).words ?? op;

/** What takes something away. */
export const isDestructive = (op: string): boolean => operationOf(op).rank <= 1;
