import { setTimeout as wait } from "node:timers/promises";
import type { Value } from "./values.ts";

export interface Answer {
  readonly status: number;
  readonly body: Value;
  readonly headers: Headers;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** How often a request is sent again that Sentry was too busy for. */
const attempts = 5;

/** An answer that is no success. Its text holds what Sentry said, and nothing of what was sent. */
export class SentryError extends Error {
  readonly status: number;
  constructor(method: Method, path: string, { status, body, headers }: Answer) {
    const replacement = headers.get("x-sentry-replacement-endpoint");
    super(
      `${method} ${path} was answered ${status}: ${JSON.stringify(body)}${replacement ? `; use ${replacement}` : ""}`,
    );
    this.status = status;
  }
}

/** Sentry's API, version 0. */
export class SentryApi {
  readonly #base: string;
  readonly #token: string;

  /** @param base up to and with `/api/` */
  constructor(base: string, token: string) {
    this.#base = base.endsWith("/") ? base : `${base}/`;
    this.#token = token;
  }

  /** The body of a success. Throws SentryError otherwise. @param path from behind `/api/0/` */
  async send(method: Method, path: string, body?: Value): Promise<Value> {
    return (await this.#answer(method, path, body)).body;
  }

  /** The body, or undefined where there is no such thing. */
  async find(path: string): Promise<Value | undefined> {
    try {
      return await this.send("GET", path);
    } catch (error) {
      if (error instanceof SentryError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Deletes; what is gone already counts as deleted. */
  async remove(path: string): Promise<void> {
    try {
      await this.send("DELETE", path);
    } catch (error) {
      if (!(error instanceof SentryError && error.status === 404)) throw error;
    }
  }

  /** All items of a list, over its pages. */
  async list(path: string): Promise<readonly Value[]> {
    const items: Value[] = [];
    for (let next: string | undefined = path; next !== undefined; ) {
      const answer: Answer = await this.#answer("GET", next);
      if (!Array.isArray(answer.body)) throw new Error(`GET ${path} answered no list`);
      items.push(...(answer.body as readonly Value[]));
      const cursor = nextCursor(answer.headers.get("link"));
      next = cursor === undefined ? undefined : `${path}${path.includes("?") ? "&" : "?"}cursor=${cursor}`;
    }
    return items;
  }

  async #answer(method: Method, path: string, body?: Value): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(`${this.#base}0/${path}`, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const answer = { status: response.status, body: parsed(text), headers: response.headers };
      if (response.ok) return answer;
      if (response.status !== 429 || attempt === attempts) throw new SentryError(method, `/api/0/${path}`, answer);
      await wait(Number(response.headers.get("retry-after") ?? 1) * 1000);
    }
  }
}

/** Of `<url>; rel="next"; results="true"; cursor="0:100:0"`; none on the last page. */
function nextCursor(link: string | null): string | undefined {
  const next = link?.split(",").find((part) => part.includes('rel="next"') && part.includes('results="true"'));
  return next?.match(/cursor="([^"]+)"/)?.[1];
}

function parsed(text: string): Value {
  if (text === "") return null;
  try {
    return JSON.parse(text) as Value;
  } catch {
    return text;
  }
}
