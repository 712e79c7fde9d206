import { expect, test } from "vitest";
import { pipConfForBuild } from "./pip-inputs.ts";

test("a build sees where packages come from, and nothing that names a file of this machine", () => {
  const own = [
    "[global]",
    "cert = /etc/company.pem",
    "index-url = https://user:word@index.example/simple",
    "find-links = /opt/wheels",
    "[install]",
    "trusted_host =",
    "    index.example",
    "    other.example",
    "[list]",
    "timeout = 9",
  ].join("\n");
  expect(pipConfForBuild(own, {})).toBe(
    "[global]\nindex-url = https://user:word@index.example/simple\ntrusted-host = index.example\n  other.example\n",
  );
});

test("variables win over the file, as with pip itself", () => {
  const env = { PIP_INDEX_URL: "https://b.example/simple", PIP_CERT: "/x.pem" };
  expect(pipConfForBuild("[global]\nindex-url = https://a.example/simple\n", env)).toBe(
    "[global]\nindex-url = https://b.example/simple\n",
  );
});

test("a machine without settings gives a file that changes nothing", () => {
  expect(pipConfForBuild("", {})).toBe("[global]\n");
});
