/**
 * The few words schemas are written in. Each makes plain JSON Schema (what AJV checks and OpenAPI shows) that also carries its
 * TypeScript type, so that an endpoint's input is typed by the very text that validates it.
 */
import {
  Array as ArrayOf,
  Boolean as BooleanType,
  Integer,
  Object as ObjectType,
  Optional,
  type Static,
  String as StringType,
  type TSchema,
  Unsafe,
} from "typebox";

import type { Download } from "./model/download.ts";

export type { TProperties } from "typebox";
export type { Static, TSchema };

export const text = StringType;
export const integer = Integer;
export const flag = BooleanType;
export const list = ArrayOf;
export const object = ObjectType;
export const optional = Optional;

/** A whole number that Google writes as text, since JSON's numbers are too small for some, and reads either way. */
export const int64 = (options: { readonly description: string }) =>
  Unsafe<string | number>({ type: ["string", "integer"], pattern: "^-?\\d{1,18}$", ...options });

/** One of these words. */
export const oneOf = <const Words extends readonly string[]>(...words: Words) =>
  Unsafe<Words[number]>({ type: "string", enum: words });

/** The schema's values, or null: how a JSON client says "remove this". For schemas that have a `type`. */
export const nullable = <S extends TSchema>(schema: S) => {
  const { type, enum: words } = schema as { readonly type?: string | readonly string[]; readonly enum?: readonly string[] };
  return Unsafe<Static<S> | null>({ ...schema, type: [type, "null"].flat(), ...(words && { enum: [...words, null] }) });
};

/** An optional field that may also be null. */
export const maybe = <S extends TSchema>(schema: S) => Optional(nullable(schema));

/** An object with any names (typebox's Record lets those with a line break pass unchecked) and values of one kind. */
export const record = <S extends TSchema>(values: S) =>
  Unsafe<globalThis.Record<string, Static<S>>>({ type: "object", additionalProperties: values });

/** Any JSON object. */
export const anyObject = () => Unsafe<Readonly<globalThis.Record<string, unknown>>>({ type: "object" });

/** A file that is sent as it is. */
export const file = () => Unsafe<Download>({ type: "string", format: "binary" });
