import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/** A forge's REST API, as far as comments need one. */
export interface Api {
  /** One answer; undefined for 204 and for 404 where that is `allowed`. */
  call<T>(method: string, path: string, body?: unknown, allowed?: readonly number[]): Promise<T | undefined>;
  /** Every element of a list, page after page. */
  all<T>(path: string): Promise<T[]>;
}

export interface ApiOptions {
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch?: typeof fetch;
  /** Milliseconds before the first try again; it doubles. */
  readonly pause?: number;
}

/** Pages of a list that are read at most: ten thousand comments are no discussion any more. */
const mostPages = 100;
const tries = 4;

export function api({ base, headers, fetch: send = fetch, pause = 1_000 }: ApiOptions): Api {
  const root = base.replace(/\/$/, "");

  async function request(method: string, url: string, body: unknown, allowed: readonly number[]): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const init: RequestInit = {
        method,
        headers: {
          "user-agent": "golive-ci",
          ...headers,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        signal: AbortSignal.timeout(30_000),
      };
      const answer = await send(url, body === undefined ? init : { ...init, body: JSON.stringify(body) });
      if (answer.ok || allowed.includes(answer.status)) return answer;
      const passing = answer.status === 429 || answer.status >= 500;
      // A creation whose answer got lost may have happened: it is not sent twice.
      if (!passing || method === "POST" || attempt === tries) throw await failure(method, url, answer);
      const told = Number(answer.headers.get("retry-after"));
      await wait(told > 0 && told <= 60 ? told * 1_000 : pause * 2 ** (attempt - 1));
    }
  }

  return {
    async call<T>(method: string, path: string, body?: unknown, allowed: readonly number[] = []) {
      const answer = await request(method, `${root}${path}`, body, allowed);
      if (!answer.ok || answer.status === 204) return undefined;
      return (await answer.json()) as T;
    },
    async all<T>(path: string) {
      const found: T[] = [];
      let url: string | undefined = `${root}${path}${path.includes("?") ? "&" : "?"}per_page=100`;
      for (let page = 0; url !== undefined; page += 1) {
        if (page === mostPages) throw new Error(`more than ${mostPages} pages of ${path}`);
        const answer: Response = await request("GET", url, undefined, []);
        found.push(...((await answer.json()) as T[]));
        url = nextPage(answer.headers.get("link"), root);
      }
      return found;
    },
  };
}

/** The address behind rel="next", if it leads to the same API: the token goes nowhere else. */
export function nextPage(link: string | null, root: string): string | undefined {
  const next = /<([^>]+)>;[^,]*\brel="next"/.exec(link ?? "")?.[1];
  return next && new URL(next).origin === new URL(root).origin ? next : undefined;
}

/** Says what was asked and refused, and nothing of how it was signed. */
async function failure(method: string, url: string, answer: Response): Promise<Error> {
  const said = (await answer.text().catch(() => "")).replace(/\s+/g, " ").slice(0, 200);
  return new Error(`${method} ${new URL(url).pathname} was answered with ${answer.status}: ${said}`);
}

/** A token from the file that `<NAME>_FILE` names, or from `<NAME>`. It is never an argument. */
export function tokenFrom(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const file = env[`${name}_FILE`];
  const token = (file ? readFileSync(file, "utf8") : (env[name] ?? "")).trim();
  if (token === "") throw new Error(`there is no token: set ${name}_FILE or ${name}`);
  if (/\s/.test(token)) throw new Error(`${name} holds something else than a token`);
  return token;
}
