import { z } from "zod";
import { line, paragraph } from "../http/text.ts";

const slug = z
  .string()
  .max(63, "must be at most 63 characters, as a DNS label")
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "must be lower-case letters and digits, joined by single hyphens")
  .describe("unique over all projects");

const schemes = new Set(["https:", "http:", "ssh:"]);

/** Where a clone comes from. Passwords are refused: this field is shown to everyone who may read the project. */
const repositoryUrl = z
  .string()
  .max(2048)
  .superRefine((text, context) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !schemes.has(url.protocol) || url.hostname === "" || /\s/.test(text) || !text.isWellFormed()) {
      context.addIssue({ code: "custom", message: "must be an https, http or ssh URL" });
    } else if (url.password !== "") {
      context.addIssue({ code: "custom", message: "must not contain a password" });
    }
  });

const fields = {
  name: line(200),
  slug,
  description: paragraph(10_000),
  repositoryUrl: repositoryUrl.nullable(),
};

export const newProject = z.strictObject({
  ...fields,
  description: fields.description.default(""),
  repositoryUrl: fields.repositoryUrl.default(null),
});

/** A merge patch: what is absent stays. */
export const projectPatch = z.strictObject(fields).partial();

export const project = z.object({
  id: z.uuid(),
  ...fields,
  version: z.int().min(1).describe("as in the ETag"),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export type NewProject = z.infer<typeof newProject>;
export type ProjectPatch = z.infer<typeof projectPatch>;

/** A row as the driver gives it. */
export interface Project extends NewProject {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
