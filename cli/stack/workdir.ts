import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";

/** Keys of a stack's file that hold how its secrets are encrypted. */
const encryptionKeys = ["secretsprovider", "encryptedkey", "encryptionsalt"] as const;

type Document = Record<string, unknown> & { config?: Record<string, unknown> };

/**
 * The stack's file as the engine gets it: the repository's, plus what the engine itself wrote on earlier runs (the salt, the generated
 * secrets). What the repository says wins; the repository never gets anything back.
 */
export function mergeStackFile(repository: Document, earlier: Document, generated: readonly string[]): Document {
  const merged: Document = { ...repository, config: { ...repository.config } };
  if (encryptionKeys.some((key) => repository[key] !== undefined)) return merged;
  for (const key of encryptionKeys) if (earlier[key] !== undefined) merged[key] = earlier[key];
  for (const key of generated) {
    const kept = earlier.config?.[key];
    if (kept !== undefined && merged.config?.[key] === undefined) merged.config = { ...merged.config, [key]: kept };
  }
  return merged;
}

/** Pulumi.yaml without `main`: the program is in this process, and the folder it names is not in the copy. */
export function projectFile(repository: Record<string, unknown>): Record<string, unknown> {
  const { main: _, ...rest } = repository;
  return { ...rest, runtime: "nodejs" };
}

/** Brings the engine's folder in line with the repository. Mode 0700: the salt and encrypted secrets are in it. */
export function prepareWorkDir(workDir: string, repo: string, stack: string, generated: readonly string[]): void {
  mkdirSync(workDir, { recursive: true, mode: 0o700 });
  const read = (path: string): Document => {
    try {
      return (parse(readFileSync(path, "utf8")) as Document | null) ?? {};
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
      throw error;
    }
  };
  const name = `Pulumi.${stack}.yaml`;
  write(join(workDir, "Pulumi.yaml"), stringify(projectFile(read(join(repo, "Pulumi.yaml")))));
  write(join(workDir, name), stringify(mergeStackFile(read(join(repo, name)), read(join(workDir, name)), generated)));
}

/** Whole or not at all: the salt is in it, without which the state cannot be read. */
function write(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
