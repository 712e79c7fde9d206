import { pageQuery } from "../http/paging.ts";
import { bodyProblems, type Operation, pageOf } from "../openapi/operation.ts";
import { me, newUser, user, userPatch } from "./schema.ts";

export const userOperations = {
  readMe: {
    method: "get",
    path: "/api/me",
    access: "viewer",
    about: "Who the token says you are, and what the platform knows of you",
    success: { status: 200, body: me },
    problems: [],
  },
  listUsers: {
    method: "get",
    path: "/api/users",
    access: "admin",
    about: "Users, newest first",
    query: pageQuery,
    success: { status: 200, body: pageOf(user) },
    problems: ["invalid-query"],
  },
  createUser: {
    method: "post",
    path: "/api/users",
    access: "admin",
    about: "Create a user",
    body: newUser,
    success: { status: 201, body: user },
    problems: [...bodyProblems, "email-taken"],
  },
  readUser: {
    method: "get",
    path: "/api/users/:id",
    access: "admin",
    about: "Read a user",
    success: { status: 200, body: user },
    problems: ["not-found"],
  },
  updateUser: {
    method: "patch",
    path: "/api/users/:id",
    access: "admin",
    about: "Change fields of a user, or disable one",
    body: userPatch,
    success: { status: 200, body: user },
    problems: [...bodyProblems, "not-found", "email-taken", "version-mismatch"],
    conditional: true,
  },
  deleteUser: {
    method: "delete",
    path: "/api/users/:id",
    access: "admin",
    about: "Delete a user; what the audit log says of the user's id stays",
    success: { status: 204 },
    problems: ["not-found", "version-mismatch"],
    conditional: true,
  },
} as const satisfies Record<string, Operation>;
