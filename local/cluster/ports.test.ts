import { randomBytes } from "node:crypto";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { holderIn, Ports } from "./ports.ts";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const thing of open.splice(0)) thing.close();
});

/** A server that answers, after the client has said all, with what it heard. */
async function echoAfterEnd(): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const heard: Buffer[] = [];
    socket.on("data", (chunk) => heard.push(chunk));
    socket.on("end", () => socket.end(Buffer.concat(heard)));
  });
  return listen(server);
}

async function listen(server: Server, port = 0): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function talk(port: number, words: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const heard: Buffer[] = [];
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true }, () => socket.end(words));
    socket
      .on("data", (chunk) => heard.push(chunk))
      .once("error", reject)
      .once("end", () => resolve(Buffer.concat(heard)));
  });
}

function ports(): Ports {
  const p = new Ports("127.0.0.1");
  open.push(p);
  return p;
}

test("every byte arrives both ways, also when the client ends its side first", async () => {
  const [host, node, published] = [await freePort(), await echoAfterEnd(), ports()];
  await published.publish([{ host, node, what: "echo" }]);
  const words = randomBytes(3_000_000);
  expect((await talk(host, words)).equals(words)).toBe(true);
  expect(published.status()).toEqual([{ host, node, what: "echo", state: "served" }]);
});

test("a target that refuses ends the client, and the port goes on", async () => {
  const [host, node, published] = [await freePort(), await freePort(), ports()];
  await published.publish([{ host, node, what: "absent" }]);
  await talk(host, Buffer.from("x")).catch(() => {});
  await published.publish([{ host, node: await echoAfterEnd(), what: "present" }]);
  expect((await talk(host, Buffer.from("hello"))).toString()).toBe("hello");
});

test("a taken port is named with what it is for and who holds it; nothing else changes", async () => {
  const [mine, node, published] = [await freePort(), await echoAfterEnd(), ports()];
  await published.publish([{ host: mine, node, what: "echo" }]);
  const theirs = await listen(createServer());
  const free = await freePort();
  await expect(
    published.publish([
      { host: free, node, what: "new" },
      { host: theirs, node, what: "console" },
    ]),
  ).rejects.toMatchObject({
    code: "PORT_TAKEN",
    message: expect.stringMatching(`port ${theirs} for console is taken by .*${process.pid}`),
  });
  await expect(talk(free, Buffer.from("x"))).rejects.toThrow("ECONNREFUSED");
  expect((await talk(mine, Buffer.from("still"))).toString()).toBe("still");
});

test("a port that was taken at the start is served once it is free", async () => {
  const [node, published, blocker] = [await echoAfterEnd(), ports(), createServer()];
  const host = await listen(blocker);
  await published.resume([{ host, node, what: "echo" }]);
  expect(published.status()[0]?.state).toBe("taken");
  await new Promise((resolve) => blocker.close(resolve));
  await published.retry();
  expect(published.status()[0]?.state).toBe("served");
});

test("a port that is no longer wanted is closed", async () => {
  const [host, node, published] = [await freePort(), await echoAfterEnd(), ports()];
  await published.publish([{ host, node, what: "echo" }]);
  await published.publish([]);
  await expect(talk(host, Buffer.from("x"))).rejects.toThrow("ECONNREFUSED");
});

test("the holder is read from ss", () => {
  expect(holderIn('LISTEN 0 511 127.0.0.1:8000 0.0.0.0:* users:(("node",pid=4711,fd=21))')).toBe("node (process 4711)");
  expect(holderIn("")).toBeUndefined();
});
