import type { Input } from "@pulumi/pulumi";
import type { Mount } from "./server.ts";

/** An empty folder that lives as long as the pod. */
export function scratch(name: string, path: string, sizeLimit: string): Mount {
  return { name, path, readOnly: false, source: { emptyDir: { sizeLimit } } };
}

/** The files of a ConfigMap. */
export function configFiles(name: string, path: string, configMap: Input<string>): Mount {
  return { name, path, source: { configMap: { name: configMap } } };
}

/** Some keys of a Secret as files of the same names; group-readable, since the pod's user is in fsGroup. */
export function secretFiles(name: string, path: string, secretName: Input<string>, keys: readonly string[]): Mount {
  const items = keys.map((key) => ({ key, path: key }));
  return { name, path, source: { secret: { secretName, items, defaultMode: 0o440 } } };
}

/** A claim, writable. */
export function data(name: string, path: string, claimName: Input<string>, subPath?: string): Mount {
  const source = { persistentVolumeClaim: { claimName } };
  return { name, path, readOnly: false, source, ...(subPath === undefined ? {} : { subPath }) };
}

/**
 * A volume that is made for the pod and goes with it. For what may be large: an empty folder would fill the node's own
 * disk, and take other pods down with it.
 */
export function ownVolume(name: string, path: string, storage: string): Mount {
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } };
  return { name, path, readOnly: false, source: { ephemeral: { volumeClaimTemplate: { spec } } } };
}
