/** What an input may hold. */
export type Shape =
  | { readonly kind: "string" | "number" | "boolean" }
  /** `set`: order and repetition mean nothing, though the bridge shows it as a list. */
  | { readonly kind: "list"; readonly of: Shape; readonly set: boolean }
  | { readonly kind: "map"; readonly of: Shape }
  /** `partial`: what is left out stays as Sentry has it. */
  | { readonly kind: "object"; readonly fields: Fields; readonly partial: boolean };

export interface Field {
  readonly shape: Shape;
  readonly required: boolean;
}
export type Fields = Readonly<Record<string, Field>>;

export const string: Shape = { kind: "string" };
export const number: Shape = { kind: "number" };
export const boolean: Shape = { kind: "boolean" };
export const list = (of: Shape): Shape => ({ kind: "list", of, set: false });
export const set = (of: Shape): Shape => ({ kind: "list", of, set: true });
export const map = (of: Shape): Shape => ({ kind: "map", of });
export const object = (fields: Fields): Shape => ({ kind: "object", fields, partial: false });
export const partial = (fields: Fields): Shape => ({ kind: "object", fields, partial: true });
export const required = (shape: Shape): Field => ({ shape, required: true });
export const optional = (shape: Shape): Field => ({ shape, required: false });
