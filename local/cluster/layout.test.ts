import { expect, test } from "vitest";
import { inside, layout } from "./layout.ts";

test("a cluster's files are below the state folder, its lock beside them", () => {
  const place = layout("golive-test", { GOLIVE_STATE: "/data/go live" });
  expect(place.dir).toBe("/data/go live/clusters/golive-test");
  expect(place.kubeconfig).toBe("/data/go live/clusters/golive-test/kubeconfig.yaml");
  expect(place.file("pki", "ca.crt")).toBe("/data/go live/clusters/golive-test/pki/ca.crt");
  expect(place.lock.startsWith(place.dir), "deleting the folder must not delete the lock that guards it").toBe(false);
});

test.each(["", "golive_test", "Golive", "golive-", "golive/../x", "kind", `golive-${"a".repeat(30)}`])(
  "%j is refused as a name",
  (name) => {
    expect(() => layout(name, {})).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringContaining(`"${name}"`) }),
    );
  },
);

test("a folder too deep for a socket is refused with its length and the limit", () => {
  const deep = `/srv/${"x".repeat(80)}`;
  expect(() => layout("golive-test", { GOLIVE_STATE: deep })).toThrow(
    expect.objectContaining({ code: "HOST_UNFIT", message: expect.stringMatching(/has 122 bytes, 107 are allowed/) }),
  );
});

test("paths inside never depend on where the user keeps the cluster", () => {
  expect([inside.pki("ca.crt"), inside.config("x"), inside.kubeconfig("kubelet"), inside.volumes]).toEqual([
    "/run/cluster/pki/ca.crt",
    "/run/cluster/config/x",
    "/run/cluster/kubeconfig/kubelet.yaml",
    "/run/cluster/volumes",
  ]);
});
