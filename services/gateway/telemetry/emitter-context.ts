import { EventEmitter } from "node:events";
import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";

type Emit = EventEmitter["emit"];

/** On an emitter that is bound: its own `emit`, which carries the context. */
const bound = Symbol("golive: emits in the context of its request");

/**
 * The SDK's context manager, but for how an emitter is bound. The SDK's puts seven methods of its own on every request and every
 * response, and wraps each listener that is added. Here the emitter's `emit` alone is replaced: whoever listens, and however often,
 * is called in the emitter's context.
 */
export class EmitterContextManager extends AsyncLocalStorageContextManager {
  override bind<T>(to: Context, target: T): T {
    if (target instanceof EventEmitter) bindEmitter(this, to, target);
    else return super.bind(to, target);
    return target;
  }
}

function bindEmitter(manager: EmitterContextManager, to: Context, emitter: EventEmitter & { [bound]?: true }): void {
  // The first context stays, as with the SDK's: a response belongs to one request.
  if (emitter[bound] || to === ROOT_CONTEXT) return;
  emitter[bound] = true;
  const emit = emitter.emit as Emit;
  emitter.emit = function emitInContext(this: EventEmitter, ...args: Parameters<Emit>): boolean {
    if (manager.active() === to) return emit.apply(this, args);
    return manager.with(to, () => emit.apply(this, args));
  } as Emit;
}
