import {
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { type StoredObject, StoreError } from "./object-store.ts";
import type { Ask } from "./s3-calls.ts";

/** S3's page. */
const fullPage = 1000;

interface Page<Item, At> {
  readonly items: readonly Item[];
  /** Where the next page begins; undefined when the store says that this was the last. */
  readonly next: At | undefined;
}

/** Every item of a list that comes in pages. A store that answers with one page for ever is a failure, not a long list. */
async function* pages<Item, At>(
  what: string,
  ask: (at: At | undefined) => Promise<Page<Item, At>>,
  nameOf: (item: Item) => string,
): AsyncIterable<Item> {
  let at: At | undefined;
  let before: string | undefined;
  do {
    const { items, next } = await ask(at);
    const first = items[0] === undefined ? undefined : nameOf(items[0]);
    if (first !== undefined && first === before)
      throw new StoreError("failed", `${what}: the store answers with the same page again`);
    before = first;
    yield* items;
    at = next;
  } while (at !== undefined);
}

/**
 * Not every store tells the truth about the end: some leave out "IsTruncated", some say false after a full page. A page
 * that may not be the last is followed by a question for what comes after its last key.
 */
export function listObjects(client: S3Client, ask: Ask, Bucket: string, Prefix: string): AsyncIterable<StoredObject> {
  type At = { readonly ContinuationToken: string } | { readonly StartAfter: string };
  const what = `list ${Prefix}`;
  return pages<StoredObject, At>(
    what,
    async (at) => {
      const page = await ask(what, (stop) => client.send(new ListObjectsV2Command({ Bucket, Prefix, ...at }), stop));
      const items = (page.Contents ?? []).flatMap(({ Key: key, Size: bytes = 0, LastModified: modified }) =>
        key === undefined ? [] : [{ key, bytes, modified: modified ?? new Date(0) }],
      );
      if (page.NextContinuationToken) return { items, next: { ContinuationToken: page.NextContinuationToken } };
      const last = items.at(-1);
      const isLast = page.IsTruncated === false && items.length < fullPage;
      return { items, next: isLast || last === undefined ? undefined : { StartAfter: last.key } };
    },
    ({ key }) => key,
  );
}

export interface Version {
  readonly key: string;
  readonly id: string;
  readonly isMarker: boolean;
}

/** Versions and delete markers of one object; not of those whose keys only begin like its own. */
export async function* listVersions(client: S3Client, ask: Ask, Bucket: string, key: string): AsyncIterable<Version> {
  type At = { readonly KeyMarker: string; readonly VersionIdMarker: string | undefined };
  const what = `list versions of ${key}`;
  const all = pages<Version, At>(
    what,
    async (at) => {
      const query = { Bucket, Prefix: key, ...at };
      const page = await ask(what, (stop) => client.send(new ListObjectVersionsCommand(query), stop));
      const named = (isMarker: boolean) => (it: { Key?: string | undefined; VersionId?: string | undefined }) =>
        it.Key === undefined ? [] : [{ key: it.Key, id: it.VersionId || "null", isMarker }];
      return {
        items: [...(page.Versions ?? []).flatMap(named(false)), ...(page.DeleteMarkers ?? []).flatMap(named(true))],
        next:
          page.IsTruncated && page.NextKeyMarker
            ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
            : undefined,
      };
    },
    ({ key, id }) => `${key} ${id}`,
  );
  for await (const version of all) if (version.key === key) yield version;
}

export interface Upload {
  readonly key: string;
  readonly id: string;
  readonly begun: Date;
}

export function listUploads(client: S3Client, ask: Ask, Bucket: string, Prefix: string): AsyncIterable<Upload> {
  type At = { readonly KeyMarker: string; readonly UploadIdMarker: string | undefined };
  const what = `list unfinished uploads of ${Prefix}`;
  return pages<Upload, At>(
    what,
    async (at) => {
      const query = { Bucket, Prefix, ...at };
      const page = await ask(what, (stop) => client.send(new ListMultipartUploadsCommand(query), stop));
      return {
        items: (page.Uploads ?? []).flatMap(({ Key: key, UploadId: id, Initiated: begun = new Date(0) }) =>
          key === undefined || id === undefined ? [] : [{ key, id, begun }],
        ),
        next:
          page.IsTruncated && page.NextKeyMarker
            ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
            : undefined,
      };
    },
    ({ key, id }) => `${key} ${id}`,
  );
}
