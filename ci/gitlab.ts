import { api } from "./api.ts";
import type { Forge, Note } from "./forge.ts";

export interface GitLab {
  /** `https://gitlab.example/api/v4`. */
  readonly base: string;
  /** Number or path of the project. */
  readonly project: string;
  readonly server: string;
  /** Path of the project, for links. */
  readonly path: string;
  readonly token: string;
  readonly pause?: number;
}

interface GitLabNote {
  readonly id: number;
  readonly body: string;
  readonly author: { readonly username: string };
}

interface MergeRequest {
  readonly iid: number;
  readonly sha: string;
}

/** The same discussion on GitLab: notes of a merge request. */
export function gitlab({ base, project, server, path, token, pause }: GitLab): Forge {
  const client = api({ base, headers: { "private-token": token }, ...(pause === undefined ? {} : { pause }) });
  const root = `/projects/${encodeURIComponent(project)}/merge_requests`;
  const gone = [404];
  return {
    links: [`${server.replace(/\/$/, "")}/${path}/`],
    async discussion(sha) {
      const open = await client.all<MergeRequest>(`${root}?state=opened`);
      const found = open.find((one) => one.sha === sha);
      if (!found) return undefined;
      const notes = `${root}/${found.iid}/notes`;
      const me = (await client.call<{ username: string }>("GET", "/user"))?.username ?? "";
      return {
        me,
        list: async () => (await client.all<GitLabNote>(notes)).map(noteOf),
        async read(id) {
          const note = await client.call<GitLabNote>("GET", `${notes}/${id}`, undefined, gone);
          return note && noteOf(note);
        },
        async create(body) {
          const note = await client.call<GitLabNote>("POST", notes, { body });
          if (!note) throw new Error("a note was created and not returned");
          return noteOf(note);
        },
        update: async (id, body) => (await client.call("PUT", `${notes}/${id}`, { body }, gone)) !== undefined,
        remove: async (id) => void (await client.call("DELETE", `${notes}/${id}`, undefined, gone)),
      };
    },
  };
}

const noteOf = ({ id, body, author }: GitLabNote): Note => ({ id, body, author: author.username });
