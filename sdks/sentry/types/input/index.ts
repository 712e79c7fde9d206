export type * from "./alert.ts";
export type * from "./alert-actions.ts";
export type * from "./alert-conditions.ts";
export type * from "./monitors.ts";
export type * from "./project.ts";
