import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { Decrypter, Encrypter, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { expect, test } from "vitest";
import { derivedEscrowKeys, operationsKeys, signingKeys } from "./keys.ts";

const seed = "0123456789abcdef0123456789abcdef";
const seeds = fc.string({ minLength: 32, maxLength: 80 }).filter((text) => text.isWellFormed());

test("a seed always gives the same keys, or every older backup would be lost", () => {
  expect(operationsKeys(seed).recipient).toBe("age19aktaxh9400e4aw0cufwldqag8z8j2t34zqarpactx06e9zk9dxqqv5nzk");
  expect(derivedEscrowKeys(seed).recipient).toBe("age14kegzdm87f5jl273vqnq5p4h5w88f0dwaufwc8np9had8jrtksuqd9zde2");
  expect(signingKeys(seed).publicKey).toContain("MCowBQYDK2VwAyEAGM6SxNf1ZIMqS1xQW8OtNGhpW2DFMlsJyk0XDZC//wE=");
});

test("age itself makes the same recipient of every identity", async () => {
  await fc.assert(
    fc.asyncProperty(seeds, async (any) => {
      for (const { identity, recipient } of [operationsKeys(any), derivedEscrowKeys(any)]) {
        expect(identity).toMatch(/^AGE-SECRET-KEY-1[0-9A-Z]{58}$/);
        expect(recipient).toBe(await identityToRecipient(identity));
      }
    }),
    { numRuns: 5 },
  );
});

test("either identity opens what is encrypted to both, and a third one does not", async () => {
  const [operations, escrow] = [operationsKeys(seed), derivedEscrowKeys(seed)];
  const encrypter = new Encrypter();
  for (const { recipient } of [operations, escrow]) encrypter.addRecipient(recipient);
  const cipher = await encrypter.encrypt("row");
  const opened = (identity: string) => {
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    return decrypter.decrypt(cipher, "text");
  };
  expect(await opened(operations.identity)).toBe("row");
  expect(await opened(escrow.identity)).toBe("row");
  await expect(opened(operationsKeys(seed.toUpperCase()).identity)).rejects.toThrow();
});

test("what the private key signs, the public one accepts, and that of another seed does not", () => {
  const { privateKey, publicKey } = signingKeys(seed);
  const key = createPrivateKey(privateKey);
  expect(key.asymmetricKeyType).toBe("ed25519");
  const signature = sign(undefined, Buffer.from("manifest"), key);
  const accepts = (pem: string) => verify(undefined, Buffer.from("manifest"), createPublicKey(pem), signature);
  expect(accepts(publicKey)).toBe(true);
  expect(accepts(signingKeys(seed.toUpperCase()).publicKey)).toBe(false);
});

test("no two keys share a byte: each has a purpose of its own", () => {
  const { identity, recipient } = operationsKeys(seed);
  const escrow = derivedEscrowKeys(seed);
  expect(new Set([identity, recipient, escrow.identity, escrow.recipient]).size).toBe(4);
});
