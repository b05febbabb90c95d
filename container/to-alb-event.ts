import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { ALBEvent } from "aws-lambda";

/**
 * Which of its two event shapes the load balancer would make: target group attribute `lambda.multi_value_headers.enabled`
 * true ("multi-value": two maps of arrays) or false ("single-value": two maps of strings, the last of repeated names wins).
 */
export type EventMode = "multi-value" | "single-value";

/** What an event takes from the load balancer rather than from the request. */
export interface EventOrigin {
  readonly mode: EventMode;
  readonly targetGroupArn: string;
  /** Clients reach this server without a proxy: an `x-forwarded-for` that came is their own word, and is left out. */
  readonly isOutermost?: boolean;
}

/** A request target cut at its first "?": both halves exactly as the client wrote them. */
export interface RequestTarget {
  readonly path: string;
  readonly query: string;
}

/**
 * The event an Application Load Balancer would send to a Lambda target for this request, with an empty body (`encodeBody`
 * gives the other one). Path and query stay percent-encoded, header names are lower case.
 *
 * The three `x-forwarded-` headers and `x-amzn-trace-id` are kept when a load balancer in front of the container has set
 * them; a direct call gets what a load balancer would add, the trace id from the request's own id.
 *
 * Source: "Use Lambda functions as targets of an Application Load Balancer" (Elastic Load Balancing user guide), headings
 * "Receive events from the load balancer" and "Multi-value headers".
 */
export const toAlbEvent = (req: IncomingMessage, target: RequestTarget, origin: EventOrigin, requestId: string): ALBEvent => {
  const requestContext = { elb: { targetGroupArn: origin.targetGroupArn } };
  const httpMethod = req.method ?? "";
  const { path } = target;
  if (origin.mode === "single-value") {
    const headers = lastHeaders(req);
    if (origin.isOutermost) delete headers["x-forwarded-for"];
    const missing = forwardedBy(req, requestId, headers);
    for (const name in missing) headers[name] = missing[name] as string;
    const queryStringParameters = lastValues(splitQuery(target.query));
    return { requestContext, httpMethod, path, queryStringParameters, headers, body: "", isBase64Encoded: false };
  }
  const multiValueHeaders = allHeaders(req);
  if (origin.isOutermost) delete multiValueHeaders["x-forwarded-for"];
  const missing = forwardedBy(req, requestId, multiValueHeaders);
  for (const name in missing) multiValueHeaders[name] = [missing[name] as string];
  const multiValueQueryStringParameters = queryOf(target.query);
  return {
    requestContext,
    httpMethod,
    path,
    multiValueQueryStringParameters,
    multiValueHeaders,
    body: "",
    isBase64Encoded: false,
  };
};

/**
 * A body as the event carries it: text for `text/*`, `application/json`, `application/javascript` and `application/xml`,
 * base64 for every other type, for none, and for anything with a `content-encoding`.
 *
 * Text that is not valid UTF-8 cannot stand in a JSON event unharmed (what a load balancer does then is not documented), so
 * it goes as base64 too: no byte is lost and a handler that knows the charset can still read it.
 */
export const encodeBody = (
  bytes: Buffer,
  contentType: string | undefined,
  contentEncoding: string | undefined,
): { body: string; isBase64Encoded: boolean } => {
  if (bytes.length === 0) return { body: "", isBase64Encoded: false };
  if (contentEncoding === undefined && isText(contentType) && isUtf8(bytes)) {
    return { body: bytes.toString("utf8"), isBase64Encoded: false };
  }
  return { body: bytes.toString("base64"), isBase64Encoded: true };
};

const textTypes = new Set(["application/json", "application/javascript", "application/xml"]);

const isText = (contentType: string | undefined): boolean => {
  if (contentType === undefined) return false;
  const end = contentType.indexOf(";");
  const type = (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  return textTypes.has(type) || type.startsWith("text/");
};

// Node has the names in lower case already in `req.headers`, but joins or drops repeated ones: only without any, which the
// count tells, is that the shorter way to the same map.

const allHeaders = (req: IncomingMessage): Record<string, string[]> => {
  const { headers, rawHeaders } = req;
  const map: Record<string, string[]> = {};
  let count = 0;
  for (const name in headers) {
    map[name] = [headers[name] as string];
    count += 2;
  }
  return count === rawHeaders.length && headers["set-cookie"] === undefined ? map : allValues(lowerCaseNames(rawHeaders));
};

const lastHeaders = (req: IncomingMessage): Record<string, string> => {
  const { headers, rawHeaders } = req;
  const map: Record<string, string> = {};
  let count = 0;
  for (const name in headers) {
    map[name] = headers[name] as string;
    count += 2;
  }
  return count === rawHeaders.length && headers["set-cookie"] === undefined ? map : lastValues(lowerCaseNames(rawHeaders));
};

const lowerCaseNames = (rawHeaders: readonly string[]): string[] =>
  rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text));

/** The parameters of a query, all values of each, nothing decoded. */
export const queryOf = (query: string): Record<string, string[]> => allValues(splitQuery(query));

/** A flat list of names and values, nothing decoded; "flag" without "=" has the value "", nothing between two "&" is left out. */
const splitQuery = (query: string): string[] => {
  const pairs: string[] = [];
  for (let start = 0; start < query.length; ) {
    let end = query.indexOf("&", start);
    if (end === -1) end = query.length;
    const equals = query.indexOf("=", start);
    if (equals !== -1 && equals < end) pairs.push(query.slice(start, equals), query.slice(equals + 1, end));
    else if (end > start) pairs.push(query.slice(start, end), "");
    start = end + 1;
  }
  return pairs;
};

// Names come from the client: "constructor" must not be found on the prototype, "__proto__" must not be set on it.

const allValues = (pairs: readonly string[]): Record<string, string[]> => {
  const map: Record<string, string[]> = {};
  for (let i = 1; i < pairs.length; i += 2) {
    const name = pairs[i - 1] as string;
    const value = pairs[i] as string;
    const values: unknown = map[name];
    if (Array.isArray(values)) values.push(value);
    else if (name === "__proto__") defineOwn(map, name, [value]);
    else map[name] = [value];
  }
  return map;
};

const lastValues = (pairs: readonly string[]): Record<string, string> => {
  const map: Record<string, string> = {};
  for (let i = 1; i < pairs.length; i += 2) {
    const name = pairs[i - 1] as string;
    const value = pairs[i] as string;
    if (name === "__proto__") defineOwn(map, name, value);
    else map[name] = value;
  }
  return map;
};

const defineOwn = (map: object, name: string, value: string | string[]): void => {
  Object.defineProperty(map, name, { value, writable: true, enumerable: true, configurable: true });
};

/** What a load balancer adds to the headers that came; nothing that is there already. */
const forwardedBy = (req: IncomingMessage, requestId: string, present: object): Record<string, string> | undefined => {
  const headers = present as Record<string, unknown>;
  let missing: Record<string, string> | undefined;
  if (headers["x-forwarded-for"] === undefined) missing = { "x-forwarded-for": clientAddress(req.socket.remoteAddress) };
  if (headers["x-forwarded-proto"] === undefined) missing = { ...missing, "x-forwarded-proto": "http" };
  if (headers["x-forwarded-port"] === undefined) missing = { ...missing, "x-forwarded-port": String(req.socket.localPort ?? "") };
  if (headers["x-amzn-trace-id"] === undefined) missing = { ...missing, "x-amzn-trace-id": traceRoot(requestId) };
  return missing;
};

/** Linux reports IPv4 peers of a dual-stack socket as ::ffff:192.0.2.1. */
const clientAddress = (address: string | undefined): string =>
  address === undefined ? "" : address.startsWith("::ffff:") ? address.slice(7) : address;

/** Root=1-<seconds, 8 hex>-<24 hex>: the 24 are the digits of a version 4 UUID that are all random. */
const traceRoot = (uuid: string): string => {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${uuid.slice(0, 8)}${uuid.slice(9, 13)}${uuid.slice(24)}`;
};
