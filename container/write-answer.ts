import type { ServerResponse } from "node:http";
import type { ALBResult } from "aws-lambda";

/**
 * Writes the head of a handler's answer and gives back the payload that is left to send: empty for HEAD, 204 and 304.
 * Throws a TypeError, with nothing written, where a load balancer would answer 502: no object, no whole status code from
 * 200 to 599, a body that is not a string, header names or values that HTTP cannot carry (CR, LF and NUL above all).
 *
 * `headers` and `multiValueHeaders` are both read, whichever the event's mode; a name in both counts from the latter.
 * Content-Length is the adapter's own business, and set on every answer but 304 - on 204 too, where RFC 9110 section 8.6
 * wants none: gdata-provider, an old Thunderbird client, refuses an empty answer without `Content-Length: 0`, while fetch,
 * node:http, curl and Python's http.client take it. Connection-level headers from handlers are dropped.
 *
 * `lengthOfFile`: of the body that follows, where that is a file.
 *
 * Source: "Use Lambda functions as targets of an Application Load Balancer", heading "Respond to the load balancer".
 */
export const writeHead = (
  res: ServerResponse,
  method: string | undefined,
  answer: ALBResult,
  lengthOfFile?: number,
): string | Buffer => {
  if (typeof answer !== "object" || answer === null) throw new TypeError("the answer is not an object");
  const { statusCode: status, statusDescription, headers, multiValueHeaders, isBase64Encoded } = answer;
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new TypeError("the answer has no valid statusCode");
  const text: unknown = answer.body ?? "";
  if (typeof text !== "string") throw new TypeError("the answer's body is not a string");

  const lines: string[] = [];
  let ascii = true;
  if (isMap(multiValueHeaders)) {
    for (const name in multiValueHeaders) {
      const values: unknown = multiValueHeaders[name];
      if (!Array.isArray(values)) throw new TypeError(`the answer's multiValueHeaders.${name} is not an array`);
      for (const value of values) ascii = addHeader(lines, name, value) && ascii;
    }
  }
  if (isMap(headers)) {
    const taken = multiValueHeaders && new Set(Object.keys(multiValueHeaders).map((name) => name.toLowerCase()));
    for (const name in headers) {
      if (!taken?.has(name.toLowerCase())) ascii = addHeader(lines, name, headers[name]) && ascii;
    }
  }

  const payload = isBase64Encoded === true ? Buffer.from(text, "base64") : text;
  const length = lengthOfFile ?? (typeof payload === "string" ? Buffer.byteLength(payload) : payload.length);
  const headOnly = method === "HEAD";
  if (status === 204 || status === 205) lines.push("Content-Length", "0");
  else if (status !== 304) lines.push("Content-Length", (headOnly && length === 0 && statedLength(answer)) || String(length));

  const reason = reasonPhrase(status, statusDescription);
  if (reason === undefined) res.writeHead(status, lines);
  else res.writeHead(status, reason, lines);

  if (headOnly || status === 204 || status === 205 || status === 304) return "";
  // node:http joins the head and a string body before it encodes both as UTF-8; bytes keep the head as it is.
  return ascii || typeof payload !== "string" ? payload : Buffer.from(payload, "utf8");
};

/** Headers that this server writes, not a handler: those of the connection (RFC 9110 section 7.6.1) and the length. */
const ours = new Set([
  "connection",
  "content-length",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const plainValue = /^[\t\x20-\x7e]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const controlCharacter = /[\x00-\x08\x0a-\x1f\x7f]/;
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Adds one header to the list, unless it is one of ours; false when its value is not plain ASCII. */
const addHeader = (lines: string[], name: string, value: unknown): boolean => {
  if (value === undefined || value === null || isOurs(name)) return true;
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
    throw new TypeError(`the answer's header ${name} is not text`);
  }
  const text = String(value);
  if (plainValue.test(text)) {
    lines.push(name, text);
    return true;
  }
  if (controlCharacter.test(text)) throw new TypeError(`the answer's header ${name} holds a control character`);
  lines.push(name, Buffer.from(text, "utf8").toString("latin1"));
  return false;
};

/** Names come from code and are few; should they not be, only so many are remembered. */
const known = new Map<string, boolean>();

const isOurs = (name: string): boolean => {
  let answer = known.get(name);
  if (answer === undefined) {
    if (!token.test(name)) throw new TypeError(`the answer has a header with an impossible name: ${JSON.stringify(name)}`);
    answer = ours.has(name.toLowerCase());
    if (known.size < 500) known.set(name, answer);
  }
  return answer;
};

const isMap = <M extends object>(headers: M | undefined): headers is M => {
  if (headers === undefined || headers === null) return false;
  if (typeof headers !== "object" || Array.isArray(headers)) throw new TypeError("the answer's headers are not an object");
  return true;
};

/** What a handler for HEAD says the length would be, when it knows that without making the body. */
const statedLength = ({ headers, multiValueHeaders }: ALBResult): string | undefined => {
  for (const [name, value] of Object.entries({ ...headers, ...multiValueHeaders })) {
    if (name.toLowerCase() === "content-length" && /^\d{1,15}$/.test(String(value))) return String(value);
  }
  return undefined;
};

/** "201 Created" is a description, "Created" the phrase that goes on the status line; anything unprintable is left out. */
const reasonPhrase = (status: number, description: unknown): string | undefined => {
  if (typeof description !== "string" || !plainValue.test(description)) return undefined;
  const code = String(status);
  const phrase = description.startsWith(code) ? description.slice(code.length).trim() : description.trim();
  return phrase === "" ? undefined : phrase;
};
