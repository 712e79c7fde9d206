import { z } from "zod";
import { roles } from "../auth/principal.ts";
import { line } from "../http/text.ts";

const fields = {
  email: z.email("must be an e-mail address").max(254).describe("unique over all users, however it is capitalised"),
  name: line(200),
  role: z.enum(roles),
  disabled: z.boolean().describe("a disabled user's tokens are refused"),
};

export const newUser = z.strictObject({
  ...fields,
  role: fields.role.default("viewer"),
  disabled: fields.disabled.default(false),
});

/** A merge patch: what is absent stays. */
export const userPatch = z.strictObject(fields).partial();

export const user = z.object({
  id: z.uuid(),
  ...fields,
  version: z.int().min(1).describe("as in the ETag"),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

/** Whoever asks: what the token says, and the user it belongs to when the platform knows one. */
export const me = z.object({
  id: z.string().describe("`sub` of the token"),
  roles: z.array(z.enum(roles)),
  user: user.nullable(),
});

export type NewUser = z.infer<typeof newUser>;
export type UserPatch = z.infer<typeof userPatch>;

/** A row as the driver gives it. */
export interface User extends NewUser {
  readonly id: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
