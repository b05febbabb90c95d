import { gunzipSync } from "node:zlib";
import type middy from "@middy/core";
import middyJson from "@middy/http-json-body-parser";
import { Failure } from "#lib/errors.ts";
import type { Incoming } from "./incoming.ts";
import { splitMultipart } from "./multipart.ts";
import { openServices } from "./services.ts";

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

/** Unpacks a compressed body: Google's client for Java gzips every one. What comes out may be as long as a plain body may. */
const unpack = (event: Incoming): void => {
  const coding = event.headers["content-encoding"]?.trim().toLowerCase();
  if (!event.body || !coding || coding === "identity") return;
  if (coding !== "gzip" && coding !== "x-gzip") {
    throw new Failure("unsupportedMediaType", { location: "Content-Encoding", message: "The body may be plain or gzip." });
  }
  const packed = Buffer.from(event.body as string, event.isBase64Encoded ? "base64" : "latin1");
  try {
    const maxOutputLength = openServices()?.config.maxBodyBytes ?? 1_000_000;
    event.body = gunzipSync(packed, { maxOutputLength }).toString("base64");
    event.isBase64Encoded = true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw new Failure("uploadTooLarge");
    throw new Failure("parseError", { message: "Parse Error: the body is not gzip, as its Content-Encoding says." });
  }
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
    unpack(event);
    const text = event.body;
    if (!text) {
      event.body = {};
      return;
    }
    try {
      parseJson(request);
    } catch (error) {
      const { cause } = error as { cause?: { message?: string; data?: unknown } };
      // Without a message it is a name that would reach into JavaScript's prototypes.
      const what = cause?.message ?? `the name ${String(cause?.data)} is not allowed.`;
      throw new Failure("parseError", { message: `Parse Error: ${what.slice(0, 200)}` });
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

/** The link that reads a body of one media type: a text, or the list of a multipart's parts. */
export const readText = (mediaType: string): middy.MiddlewareObj<Incoming, unknown> => ({
  before: ({ event }) => {
    const type = event.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
    if (type !== mediaType) throw new Failure("unsupportedMediaType", { message: `The body must be ${mediaType}.` });
    unpack(event);
    const body = (event.body as string | null) ?? "";
    const bytes = Buffer.from(body, event.isBase64Encoded ? "base64" : "utf8");
    if (bytes.length === 0) throw new Failure("required", { message: `The body is empty; it must be ${mediaType}.` });
    const isMultipart = mediaType.startsWith("multipart/");
    event.body = isMultipart
      ? splitMultipart(event.headers["content-type"] ?? "", bytes.toString("latin1"))
      : bytes.toString("utf8");
  },
});
