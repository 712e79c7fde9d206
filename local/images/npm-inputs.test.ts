import { expect, test } from "vitest";
import { npmrcForBuild } from "./npm-inputs.ts";

test("the build's npmrc keeps registries and credentials, not files of this machine", () => {
  const own = "registry=https://r.example/\n//r.example/:_authToken=t\ncafile=/etc/ca.pem\nprefix = /opt/npm\n";
  expect(npmrcForBuild(own, {})).toBe("registry=https://r.example/\n//r.example/:_authToken=t\n\n");
});

test("npm_config_registry wins, as it does outside of builds", () => {
  const lines = npmrcForBuild("registry=https://r.example/", { npm_config_registry: "https://s.example/" }).split("\n");
  expect(lines.filter(Boolean).at(-1)).toBe("registry=https://s.example/");
});
