import type { Value } from "../values.ts";

export interface Reply {
  readonly status: number;
  readonly body: Value;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that ends the handling of a request. */
export class Refusal extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super(`refused with ${reply.status}`);
    this.reply = reply;
  }
}

export const ok = (body: Value): Reply => ({ status: 200, body });
export const created = (body: Value): Reply => ({ status: 201, body });
export const deleted: Reply = { status: 204, body: null };

/** 400, in Sentry's form: field → what is wrong with it. */
export function refuseFields(faults: Readonly<Record<string, readonly string[]>>): void {
  if (Object.keys(faults).length > 0) throw new Refusal({ status: 400, body: faults });
}

export function refuse(status: number, detail: string): never {
  throw new Refusal({ status, body: { detail } });
}

export function found<T>(item: T | undefined): T {
  if (item === undefined) refuse(404, "The requested resource does not exist");
  return item;
}
