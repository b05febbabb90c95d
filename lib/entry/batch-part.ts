import { STATUS_CODES } from "node:http";
import type { ALBResult } from "aws-lambda";
import { Failure } from "#lib/errors.ts";
import { isForWholeAnswers } from "./security-headers.ts";
import type { InnerRequest } from "./services.ts";

/** A part of a batch as it was read: the request in it, or why it is none. */
export interface BatchPart {
  /** As the client wrote it, `<…>` or bare. */
  readonly contentId: string | undefined;
  readonly request: InnerRequest | Failure;
}

const refusal = (what: string) => new Failure("parseError", { message: `Parse Error: ${what}` });

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const field = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\0-\x08\n-\x1f\x7f]*)$/;

interface Head {
  readonly fields: Map<string, string>;
  /** What follows the blank line. */
  readonly rest: string;
}

/** Reads header lines up to a blank one, folded lines joined (RFC 5322 section 2.2.3); names in lower case, the last value wins. */
const readHead = (text: string): Head | undefined => {
  const blank = /(?:^|\r?\n)\r?\n/.exec(text);
  const head = blank ? text.slice(0, blank.index) : text.replace(/\r?\n$/, "");
  const fields = new Map<string, string>();
  for (const line of head === "" ? [] : head.replaceAll(/\r?\n[ \t]/g, " ").split(/\r?\n/)) {
    const [, name, value] = field.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    fields.set(name.toLowerCase(), value.trim());
  }
  return { fields, rest: blank ? text.slice(blank.index + blank[0].length) : "" };
};

const requestLine = /^([A-Z]+) +(\S+)(?: +HTTP\/\d(?:\.\d)?)? *\r?(?:\n|$)/;

/** Reads what an `application/http` part holds; the version may be missing, and the URL may name any host. */
const readRequest = (text: string): InnerRequest | Failure => {
  const [line, method, url] = requestLine.exec(text) ?? [];
  if (line === undefined || method === undefined || url === undefined) {
    return refusal("the part does not begin with a request line, as in GET /calendar/v3/colors HTTP/1.1.");
  }
  const target = url.replace(/^https?:\/\/[^/?#]*/i, "");
  if (!/^[\x21-\x7e]*$/.test(target) || target.includes("#")) return refusal("the URL of the part's request is not well-formed.");
  const head = readHead(text.slice(line.length));
  if (!head) return refusal("a header line of the part's request is not well-formed.");
  const [path = "", query = ""] = target.split(/\?(.*)/s);
  const body = head.rest.trim() === "" ? "" : head.rest;
  return { method, path, query, headers: head.fields, body: Buffer.from(body, "latin1") };
};

/** Reads a part of a batch, characters as bytes. Whatever is wrong with it is its own failure. */
export const readPart = (text: string): BatchPart => {
  const head = readHead(text);
  if (!head) return { contentId: undefined, request: refusal("a header line of the part is not well-formed.") };
  const contentId = head.fields.get("content-id");
  if (contentId !== undefined && !/^[\x20-\x7e]+$/.test(contentId)) {
    return { contentId: undefined, request: refusal("the part's Content-ID is not plain ASCII.") };
  }
  const type = head.fields.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  const coding = head.fields.get("content-transfer-encoding")?.toLowerCase();
  if (type !== undefined && type !== "application/http") {
    return { contentId, request: refusal("the part's Content-Type must be application/http.") };
  }
  if (coding !== undefined && coding !== "binary" && coding !== "8bit" && coding !== "7bit") {
    return { contentId, request: refusal("the part's Content-Transfer-Encoding must be binary.") };
  }
  return { contentId, request: readRequest(head.rest.replace(/^(?:\r?\n)+/, "")) };
};

const responseId = (id: string): string => (id.startsWith("<") ? `<response-${id.slice(1)}` : `response-${id}`);

/** A part of a batch's answer: the whole of an answer, under the id of the part it belongs to. HEAD is told no body. */
export const writePart = ({ contentId, request }: BatchPart, answer: ALBResult): string => {
  const { statusCode, headers = {}, multiValueHeaders = {}, isBase64Encoded } = answer;
  const whole = isBase64Encoded ? Buffer.from(answer.body ?? "", "base64").toString("utf8") : (answer.body ?? "");
  const body = !(request instanceof Failure) && request.method === "HEAD" ? "" : whole;
  const lines = ["Content-Type: application/http"];
  if (contentId !== undefined) lines.push(`Content-ID: ${responseId(contentId)}`);
  lines.push("", `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? "Unknown"}`);
  for (const [name, values] of Object.entries({ ...headers, ...multiValueHeaders })) {
    if (isForWholeAnswers(name)) continue;
    for (const value of [values].flat()) lines.push(`${name}: ${value}`);
  }
  lines.push(`content-length: ${Buffer.byteLength(whole)}`, "", body);
  return lines.join("\r\n");
};
