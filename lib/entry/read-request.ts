import type middy from "@middy/core";
import { Failure } from "#lib/errors.ts";
import type { TProperties, TSchema } from "#lib/schema.ts";
import { readSelection } from "./fields.ts";
import type { Incoming } from "./incoming.ts";

const decode = (text: string, location: string): string => {
  let value: string;
  try {
    value = decodeURIComponent(text);
  } catch {
    throw new Failure("invalid", { location, message: `Invalid value for ${location}: the percent-encoding is broken.` });
  }
  if (value.includes("\0")) throw new Failure("invalid", { location, message: `Invalid value for ${location}: it has a NUL.` });
  return value;
};

/** What an ALB leaves for the target to do: `+` is a space, then percent-decoding. */
const decodeQuery = (text: string, location: string): string => decode(text.replaceAll("+", " "), location);

/** Reads a text as the schema's type; a text that is none stays as it is, so that validation can say what is wrong with it. */
const coerce = (value: string, type: unknown): unknown => {
  if (type === "integer") return /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  if (type === "boolean") return value === "true" ? true : value === "false" ? false : value;
  return value;
};

/** Reads what a parameter of every API says of the answer, so that a wrong word is refused before anything is done. */
const readStandard = (event: Incoming, name: string, value: string, reply: TSchema | undefined): void => {
  const refuse = (sentence: string): never => {
    throw new Failure("invalidParameter", { location: name, message: `Invalid value for ${name}: ${sentence}.` });
  };
  if (value === "") return;
  if (name === "fields" && reply) event.selection = readSelection(value, reply);
  if (name === "alt" && value !== "json") refuse("it must be json");
  if (name === "prettyPrint") {
    if (value === "true") event.indent = 2;
    else if (value !== "false") refuse("it must be a boolean");
  }
};

/**
 * The link that reads path and query into decoded, typed values. Unknown query parameters stay, for the validator to judge. `reply`
 * is the schema that `fields` selects from; without one it selects nothing.
 */
export const readRequest = (
  path: string,
  query: TProperties,
  keepUnknown: boolean,
  reply?: TSchema,
): middy.MiddlewareObj<Incoming, unknown> => {
  const placeholders = path.split("/").flatMap((segment, index) => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    return name === undefined ? [] : [{ name, index }];
  });
  const schemas = new Map<string, TSchema & { readonly type?: unknown; readonly items?: { readonly type?: unknown } }>(
    Object.entries(query),
  );

  const before = ({ event }: { event: Incoming }) => {
    const segments = event.path.split("/");
    for (const { name, index } of placeholders) event.pathParameters[name] = decode(segments[index] ?? "", name);

    const multi = event.multiValueQueryStringParameters;
    const parameters: Record<string, string | string[] | undefined> = multi ?? event.queryStringParameters ?? {};
    for (const rawName in parameters) {
      const raw = parameters[rawName];
      if (raw === undefined) continue;
      const name = decodeQuery(rawName, "the query");
      const schema = schemas.get(name);
      const texts = typeof raw === "string" ? [raw] : raw;
      if (!schema) {
        if (standardParameters.has(name)) readStandard(event, name, decodeQuery(texts.at(-1) ?? "", name), reply);
        else if (keepUnknown) event.query[name] = true;
        continue;
      }
      if (schema.type === "array") {
        event.query[name] = texts.map((text) => coerce(decodeQuery(text, name), schema.items?.type));
      } else {
        event.query[name] = coerce(decodeQuery(texts.at(-1) ?? "", name), schema.type);
      }
    }
  };
  return { before };
};

/** Parameters that every Google API takes, on every surface; most of them mean nothing here. No endpoint has another meaning for one. */
export const standardParameters = new Set([
  "alt",
  "fields",
  "key",
  "oauth_token",
  "access_token",
  "prettyPrint",
  "quotaUser",
  "userIp",
  "$.xgafv",
  "uploadType",
  "upload_protocol",
  "callback",
]);
