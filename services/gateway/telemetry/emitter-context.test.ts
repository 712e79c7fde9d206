import { EventEmitter } from "node:events";
import { createContextKey, ROOT_CONTEXT } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { EmitterContextManager } from "./emitter-context.ts";

const key = createContextKey("whose");
const of = (name: string) => ROOT_CONTEXT.setValue(key, name);

function setUp() {
  const manager = new EmitterContextManager();
  const heard: unknown[] = [];
  const listener = () => void heard.push(manager.active().getValue(key));
  return { manager, heard, listener, emitter: new EventEmitter() };
}

test("listeners of a bound emitter are called in its context, whenever they were added and whoever emits", () => {
  const { manager, heard, listener, emitter } = setUp();
  emitter.on("end", listener);
  manager.bind(of("request"), emitter);
  emitter.once("end", listener);
  emitter.emit("end");
  manager.with(of("somebody else"), () => emitter.emit("end"));
  expect(heard).toEqual(["request", "request", "request"]);
});

test("the emitter's caller is in its own context again afterwards, also when a listener throws", () => {
  const { manager, emitter } = setUp();
  manager.bind(of("request"), emitter);
  emitter.on("end", () => {
    throw new Error("of the listener");
  });
  manager.with(of("caller"), () => {
    expect(() => emitter.emit("end")).toThrow("of the listener");
    expect(manager.active().getValue(key)).toBe("caller");
  });
});

test("a listener can be taken off by the function that was given, and emit says whether anybody listened", () => {
  const { manager, heard, listener, emitter } = setUp();
  manager.bind(of("request"), emitter);
  emitter.on("end", listener);
  expect(emitter.emit("end")).toBe(true);
  emitter.off("end", listener);
  expect(emitter.emit("end")).toBe(false);
  expect(heard).toEqual(["request"]);
});

test("an emitter that is bound stays with its first context", () => {
  const { manager, heard, listener, emitter } = setUp();
  manager.bind(of("first"), emitter);
  expect(manager.bind(of("second"), emitter)).toBe(emitter);
  emitter.on("end", listener);
  emitter.emit("end");
  expect(heard).toEqual(["first"]);
});

test("functions are bound as the SDK binds them", () => {
  const { manager, heard, listener } = setUp();
  manager.bind(of("bound"), listener)();
  expect(heard).toEqual(["bound"]);
});
