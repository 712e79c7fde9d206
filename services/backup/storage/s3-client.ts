import { S3Client } from "@aws-sdk/client-s3";
import type { StoreConfig } from "../config/store.ts";

/**
 * Silence on a connection that ends a call, milliseconds. Long, because a server may be quiet for minutes while it puts
 * a large object together from its parts; what each call may take in all is in `s3-calls.ts`.
 */
const silence = 300_000;

/** A client that asks once: retries are ours (`s3-calls.ts`), where a part is worth more of them than a question. */
export function s3Client(config: Pick<StoreConfig, "endpoint" | "region" | "keys">): S3Client {
  const { keys } = config;
  return new S3Client({
    region: config.region,
    ...(config.endpoint ? { endpoint: config.endpoint, forcePathStyle: true } : {}),
    ...(keys
      ? {
          credentials: async () => {
            const { id, secret } = keys.reread?.() ?? keys;
            return { accessKeyId: id, secretAccessKey: secret };
          },
        }
      : {}),
    // Parts and manifests carry a SHA-256 of ours, which Object Lock asks for and every store understands; the SDK's
    // own CRC trailers are refused by some.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 10_000, socketTimeout: silence },
  });
}
