// Usage: node server/compress.ts <folder>. Compressed copies beside the files of a built site; done once, when the image is built.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const worthwhile = /\.(?:html|js|css|json|svg|md|txt|xml)$/;
/** Below this, headers are most of the answer. */
const leastBytes = 1024;

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("name the folder of the built site");
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const name = join(entry.parentPath, entry.name);
  if (!entry.isFile() || !worthwhile.test(name)) continue;
  const bytes = readFileSync(name);
  if (bytes.length < leastBytes) continue;
  writeFileSync(`${name}.gz`, gzipSync(bytes, { level: 9 }));
  // The last two steps of quality cost ten times the time for two per cent.
  writeFileSync(`${name}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
}
