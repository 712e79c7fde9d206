/**
 * The head of a pg_dump archive of format "custom": what it holds, before any of it is restored. Follows ReadHead and ReadToc of
 * PostgreSQL's src/bin/pg_dump/pg_backup_archiver.c and ReadExtraToc of pg_backup_custom.c. pg_restore stays the one who restores;
 * this reads what its --list leaves out: definitions, dependencies, and where in the file each offset stands.
 */

export const magic = "PGDMP";

/** One object of the archive, or the rows of one. */
export interface TocEntry {
  readonly dumpId: number;
  /** As in "TABLE", "TABLE DATA", "ACL". */
  readonly kind: string;
  readonly schema: string | null;
  /** For kinds that hang on a table, both: as in "item item_pkey". */
  readonly tag: string;
  readonly owner: string;
  readonly tablespace: string | null;
  /** May hold passwords (user mappings, subscriptions): never to be shown. */
  readonly definition: string;
  /** As in `COPY public.item (id, name) FROM stdin;`: tells the columns. */
  readonly copy: string | null;
  readonly dependsOn: readonly number[];
  /** Where the entry's offset field begins in the file, and what its flag says. */
  readonly offsetAt: number;
  readonly offsetFlag: number;
}

export interface Toc {
  /** Of the archive's format: 1.14 is 14. */
  readonly minor: number;
  readonly database: string;
  readonly serverVersion: string;
  readonly dumpVersion: string;
  readonly entries: readonly TocEntry[];
  readonly intBytes: number;
  readonly offsetBytes: number;
  /** Length of the whole head: the first block of rows begins here. */
  readonly bytes: number;
}

/** The buffer ends before the head does. */
export class NeedMore extends Error {}
/** Not an archive, or of a format that is not known here. */
export class NotReadable extends Error {}

/** Formats 1.14 (PostgreSQL 12) to 1.16 (17 and 18). */
const known = { from: 14, to: 16 } as const;
const customFormat = 1;
/** More than any database has; a number beyond it means that the bytes are something else. */
const mostEntries = 20_000_000;

/** @throws NeedMore, NotReadable */
export function readToc(bytes: Buffer): Toc {
  const reader = new Reader(bytes);
  if (reader.text(5) !== magic) throw new NotReadable("it does not begin as an archive of pg_dump does");
  const [major, minor] = [reader.byte(), reader.byte()];
  reader.byte();
  if (major !== 1 || minor < known.from || minor > known.to)
    throw new NotReadable(`its format ${major}.${minor} is not known`);
  reader.intBytes = reader.byte();
  const offsetBytes = reader.byte();
  if (
    reader.intBytes < 2 ||
    reader.intBytes > 6 ||
    offsetBytes < 4 ||
    offsetBytes > 8 ||
    reader.byte() !== customFormat
  )
    throw new NotReadable("it is not of format custom");
  if (minor >= 15) reader.byte();
  else reader.int();
  // Second, minute, hour, day, month, year, daylight saving.
  for (let field = 0; field < 7; field++) reader.int();
  const database = reader.string() ?? "";
  const serverVersion = reader.string() ?? "";
  const dumpVersion = reader.string() ?? "";
  const count = reader.int();
  if (count < 0 || count > mostEntries) throw new NotReadable(`it claims ${count} entries`);
  const entries: TocEntry[] = [];
  for (let at = 0; at < count; at++) {
    const entry = readEntry(reader, minor, offsetBytes);
    // The first of all entries: everything after it is written so.
    if (entry.kind === "ENCODING") reader.decode = decoderOf(entry.definition);
    entries.push(entry);
  }
  return {
    minor,
    database,
    serverVersion,
    dumpVersion,
    entries,
    intBytes: reader.intBytes,
    offsetBytes,
    bytes: reader.at,
  };
}

function readEntry(reader: Reader, minor: number, offsetBytes: number): TocEntry {
  const dumpId = reader.int();
  // Whether it has rows, then the ids of the catalogue and of the object in it.
  reader.int();
  reader.string();
  reader.string();
  const tag = reader.string() ?? "";
  const kind = reader.string() ?? "";
  reader.int();
  const definition = reader.string() ?? "";
  reader.string();
  const copy = reader.string();
  const schema = reader.string();
  const tablespace = reader.string();
  reader.string();
  if (minor >= 16) reader.int();
  const owner = reader.string() ?? "";
  reader.string();
  const dependsOn: number[] = [];
  for (let id = reader.string(); id !== null; id = reader.string()) dependsOn.push(Number(id));
  const offsetAt = reader.at;
  const offsetFlag = reader.byte();
  reader.skip(offsetBytes);
  return {
    dumpId,
    kind,
    schema: schema === "" ? null : schema,
    tag,
    owner,
    tablespace: tablespace === "" ? null : tablespace,
    definition,
    copy: copy === "" ? null : copy,
    dependsOn,
    offsetAt,
    offsetFlag,
  };
}

/** Those that Buffer knows. WHATWG's latin1 is another one between 0x80 and 0x9f. */
const ownEncodings: Readonly<Record<string, BufferEncoding>> = { UTF8: "utf8", SQL_ASCII: "utf8", LATIN1: "latin1" };

/** PostgreSQL's name of an encoding → WHATWG's, of those that a database may have and that both know. */
const encodings: Readonly<Record<string, string>> = {
  EUC_JP: "euc-jp",
  EUC_KR: "euc-kr",
  EUC_CN: "gb2312",
  KOI8R: "koi8-r",
  KOI8U: "koi8-u",
  LATIN2: "iso-8859-2",
  LATIN3: "iso-8859-3",
  LATIN4: "iso-8859-4",
  LATIN5: "iso-8859-9",
  LATIN6: "iso-8859-10",
  LATIN7: "iso-8859-13",
  LATIN8: "iso-8859-14",
  LATIN9: "iso-8859-15",
  LATIN10: "iso-8859-16",
  ISO_8859_5: "iso-8859-5",
  ISO_8859_6: "iso-8859-6",
  ISO_8859_7: "iso-8859-7",
  ISO_8859_8: "iso-8859-8",
  WIN866: "ibm866",
  WIN874: "windows-874",
  WIN1250: "windows-1250",
  WIN1251: "windows-1251",
  WIN1252: "windows-1252",
  WIN1253: "windows-1253",
  WIN1254: "windows-1254",
  WIN1255: "windows-1255",
  WIN1256: "windows-1256",
  WIN1257: "windows-1257",
  WIN1258: "windows-1258",
};

/** From `SET client_encoding = 'LATIN1';`. @throws NotReadable for one that is not known here: wrong names would be missed tables */
function decoderOf(definition: string): (bytes: Buffer) => string {
  const name = /'(\w+)'/.exec(definition)?.[1] ?? "";
  const own = ownEncodings[name];
  if (own !== undefined) return (bytes) => bytes.toString(own);
  const label = encodings[name];
  if (label === undefined) throw new NotReadable(`its encoding ${name} is not known`);
  const decoder = new TextDecoder(label);
  return (bytes) => decoder.decode(bytes);
}

class Reader {
  at = 0;
  intBytes = 4;
  decode = (bytes: Buffer): string => bytes.toString("utf8");
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(count: number): void {
    if (this.at + count > this.#bytes.length) throw new NeedMore();
    this.at += count;
  }

  byte(): number {
    this.skip(1);
    return this.#bytes[this.at - 1] as number;
  }

  /** A sign, then the value with its lowest byte first. */
  int(): number {
    const negative = this.byte() !== 0;
    this.skip(this.intBytes);
    const value = this.#bytes.readUIntLE(this.at - this.intBytes, this.intBytes);
    return negative ? -value : value;
  }

  text(length: number): string {
    this.skip(length);
    return this.decode(this.#bytes.subarray(this.at - length, this.at));
  }

  /** A length and that many bytes; a negative length stands for null. */
  string(): string | null {
    const length = this.int();
    return length < 0 ? null : this.text(length);
  }
}
