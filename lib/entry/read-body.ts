import type middy from "@middy/core";
import middyJson from "@middy/http-json-body-parser";
import { Failure } from "#lib/errors.ts";
import type { Incoming } from "./incoming.ts";

/** Escapes that JSON allows and PostgreSQL's text does not hold: NUL, and halves of surrogate pairs. */
const suspicious = /\\u(?:0000|[dD][89a-fA-F])/;

/** The path of the first text that cannot be stored, `attendees[3].email`; undefined when all can. */
const findUnstorable = (value: unknown, path: string): string | undefined => {
  if (typeof value === "string") return value.includes("\0") || !value.isWellFormed() ? path : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, child] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${name}]` : path ? `${path}.${name}` : name;
    if (name.includes("\0") || !name.isWellFormed()) return path || "the body";
    const found = findUnstorable(child, at);
    if (found !== undefined) return found;
  }
  return undefined;
};

const parseJson = middyJson({ disableContentTypeCheck: true }).before as (request: unknown) => void;
const jsonType = /^application\/(?:[a-z0-9.+-]+\+)?json\b/i;
const maxDepth = 64;

/** Whether brackets nest deeper than any event does: such bodies cost recursion for nothing. */
const nestsTooDeep = (value: unknown, depth = 0): boolean =>
  typeof value === "object" &&
  value !== null &&
  (depth > maxDepth || Object.values(value).some((child) => nestsTooDeep(child, depth + 1)));

/**
 * The link that reads a JSON body (through Middy's parser), refusing other types with 415 and broken text with `parseError`.
 * An endpoint whose fields are all optional may be called without a body.
 */
export const readJson = (): middy.MiddlewareObj<Incoming, unknown> => ({
  before: (request) => {
    const { event } = request;
    const type = event.headers["content-type"];
    if (!event.body && type === undefined) {
      event.body = {};
      return;
    }
    if (type !== undefined && !jsonType.test(type)) {
      throw new Failure("unsupportedMediaType", { message: "The body must be application/json." });
    }
    const text = event.body;
    if (!text) {
      event.body = {};
      return;
    }
    try {
      parseJson(request);
    } catch (error) {
      const { cause } = error as { cause?: { message?: string } };
      throw new Failure("parseError", { message: `Parse Error: ${(cause?.message ?? "the JSON is broken").slice(0, 200)}` });
    }
    if (nestsTooDeep(event.body)) throw new Failure("parseError", { message: "Parse Error: the JSON nests too deeply." });
    if (event.isBase64Encoded || suspicious.test(text as string)) {
      const location = findUnstorable(event.body, "");
      if (location !== undefined) {
        throw new Failure("invalid", { location, message: `Invalid value for ${location}: it has a NUL or half a character.` });
      }
    }
  },
});

/** The link that reads a text body of one media type. */
export const readText = (mediaType: string): middy.MiddlewareObj<Incoming, unknown> => ({
  before: ({ event }) => {
    const type = event.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
    if (type !== mediaType) throw new Failure("unsupportedMediaType", { message: `The body must be ${mediaType}.` });
    const body = (event.body as string | null) ?? "";
    event.body = event.isBase64Encoded ? Buffer.from(body, "base64").toString("utf8") : body;
    if (event.body === "") throw new Failure("required", { message: `The body is empty; it must be ${mediaType}.` });
  },
});
