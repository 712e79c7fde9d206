import { expect, test } from "vitest";
import { Problem } from "../http/problems.ts";
import { forwardPath } from "./path.ts";

const at = (url: string, stripPrefix = false) =>
  forwardPath({ prefix: "/shop", stripPrefix }, { url, path: url.split("?")[0] ?? "" });

test.each([
  ["/shop/a%20b?x=%2e%2e&y=../..", "/shop/a%20b?x=%2e%2e&y=../.."],
  ["/shop/a%2fb", "/shop/a%2fb"],
  ["/shop//a///b", "/shop//a///b"],
  ["/shop/..a/.b/c../...", "/shop/..a/.b/c../..."],
  ["/shop?", "/shop?"],
])("%s passes as it is", (url, forwarded) => {
  expect(at(url)).toBe(forwarded);
});

test.each([
  ["/shop", "/"],
  ["/shop/", "/"],
  ["/shop?q=1", "/?q=1"],
  ["/shop/a/b?q=1?2", "/a/b?q=1?2"],
])("%s without its prefix is %s", (url, forwarded) => {
  expect(at(url, true)).toBe(forwarded);
});

test.each([
  "/shop/..",
  "/shop/../admin",
  "/shop/./x",
  "/shop/%2e%2e/admin",
  "/shop/.%2E/admin",
  "/shop/..%2fadmin",
  "/shop/x%5c..%5cadmin",
  "/shop/..\\admin",
  "/shop/..;/admin",
  "/shop/..%3bx=1/admin",
])("%s could climb out of its prefix", (url) => {
  expect(() => at(url)).toThrow(Problem);
});
