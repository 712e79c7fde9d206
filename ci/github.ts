import { type Api, api } from "./api.ts";
import type { Discussion, Forge, Note } from "./forge.ts";

export interface GitHub {
  readonly base: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly server: string;
  readonly token: string;
  /** Who the token writes as. A workflow's own token cannot ask. */
  readonly login: string;
  readonly pause?: number;
}

interface Comment {
  readonly id: number;
  readonly body?: string | null;
  readonly user: { readonly login: string } | null;
}

interface Pull {
  readonly number: number;
  readonly head: { readonly sha: string };
}

export function githubApi({ base, token, pause }: Pick<GitHub, "base" | "token" | "pause">): Api {
  return api({
    base,
    headers: {
      authorization: `Bearer ${token}`,
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
    },
    ...(pause === undefined ? {} : { pause }),
  });
}

export function github(options: GitHub): Forge {
  const { repository, server, login } = options;
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new Error(`"${repository}" is no repository`);
  const client = githubApi(options);
  return {
    links: [`${server.replace(/\/$/, "")}/${repository}/`],
    async discussion(sha) {
      // Of the open ones, since asking by commit finds none that comes from a fork.
      const pulls = await client.all<Pull>(`/repos/${repository}/pulls?state=open&sort=updated&direction=desc`);
      const found = pulls.find(({ head }) => head.sha === sha);
      return found && comments(client, repository, found.number, login);
    },
  };
}

function comments(client: Api, repository: string, pull: number, me: string): Discussion {
  const one = (id: number) => `/repos/${repository}/issues/comments/${id}`;
  const gone = [404, 410];
  return {
    me,
    list: async () => (await client.all<Comment>(`/repos/${repository}/issues/${pull}/comments`)).map(noteOf),
    async read(id) {
      const comment = await client.call<Comment>("GET", one(id), undefined, gone);
      return comment && noteOf(comment);
    },
    async create(body) {
      const comment = await client.call<Comment>("POST", `/repos/${repository}/issues/${pull}/comments`, { body });
      if (!comment) throw new Error("a comment was created and not returned");
      return noteOf(comment);
    },
    update: async (id, body) => (await client.call("PATCH", one(id), { body }, gone)) !== undefined,
    remove: async (id) => void (await client.call("DELETE", one(id), undefined, gone)),
  };
}

const noteOf = ({ id, body, user }: Comment): Note => ({ id, author: user?.login ?? "", body: body ?? "" });
