export type * as input from "./input/index.ts";
export type * as output from "./output/index.ts";
