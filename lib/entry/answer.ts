import { Readable } from "node:stream";
import type middy from "@middy/core";
import type { ALBResult } from "aws-lambda";
import { errorBody, Failure } from "#lib/errors.ts";
import type { Download } from "#lib/model/download.ts";
import { log } from "#lib/observe/logger.ts";
import { count } from "#lib/observe/metrics.ts";
import { currentRequest } from "#lib/observe/scope.ts";
import { databaseFault } from "#lib/sql/database.ts";
import { codingFor, compress } from "./compress.ts";
import { preflightHeaders, setCorsHeaders } from "./cors.ts";
import { select } from "./fields.ts";
import { type Incoming, isMultiValue } from "./incoming.ts";
import type { RateLimit } from "./rate-limit.ts";
import { setSecurityHeaders } from "./security-headers.ts";
import { configuration } from "./services.ts";

const json = "application/json; charset=UTF-8";

/** The head of an answer whose body is a file: what the container sends, and a load balancer cannot take from a Lambda function. */
export interface DownloadResult extends ALBResult {
  readonly download: Download;
}

const isDownload = (response: unknown): response is Download =>
  typeof response === "object" && response !== null && (response as Partial<Download>).stream instanceof Readable;

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly isBase64Encoded?: boolean;
  readonly headers: Record<string, string>;
}

/** As much of a request as its answer depends on. */
type Asked = {
  readonly multiValueHeaders?: unknown;
  readonly headers?: Incoming["headers"];
  readonly isReplay?: true;
  readonly rateLimit?: RateLimit;
};

/** Writes a reply in the shape the target group expects, with the headers every answer carries. */
const toAlbResult = (event: Asked, { status, body, isBase64Encoded = false, headers }: Reply): ALBResult => {
  const request = currentRequest();
  setSecurityHeaders(headers, configuration()?.publicUrl.startsWith("https:") === true);
  if (request) {
    headers["x-correlation-id"] = request.correlationId;
    headers["x-request-id"] = request.requestId;
  }
  if (event.rateLimit) {
    headers["ratelimit-policy"] = event.rateLimit.policy;
    headers.ratelimit = event.rateLimit.current;
  }
  if (event.isReplay) headers["idempotent-replayed"] = "true";
  setCorsHeaders(headers, event.headers?.origin);
  const result: ALBResult = { statusCode: status, body, isBase64Encoded };
  if (!isMultiValue(event as Incoming)) return { ...result, headers };
  const multiValueHeaders: Record<string, string[]> = {};
  for (const name in headers) multiValueHeaders[name] = [headers[name] as string];
  return { ...result, multiValueHeaders };
};

/** Whether an `If-None-Match` header names this ETag (RFC 9110 13.1.2: weak comparison, `*` names any). */
const names = (header: string, etag: string): boolean =>
  header === "*" || header.split(",").some((candidate) => candidate.trim().replace(/^W\//, "") === etag);

const tookTooLong = "The request took longer than it may, and was stopped. Ask for less at once, or try again.";

/** Turns whatever was thrown into one of our failures. Only what we did not foresee is logged as an error, with its stack. */
export const toFailure = (error: unknown): Failure => {
  if (error instanceof Failure) return error;
  const fault = databaseFault(error);
  if (fault) {
    count("DatabaseFaults", { Kind: fault });
    log.warn("database fault", { fault, text: String((error as Error).message).slice(0, 200) });
    if (fault === "outOfTime") return new Failure("queryTimeout", { cause: error, message: tookTooLong });
    return new Failure(fault === "timeout" ? "queryTimeout" : "backendError", { cause: error });
  }
  log.error("unforeseen failure", error as Error);
  return new Failure("internalError", { cause: error });
};

/** The answer to a failure, in Google's error shape; with a status of its own where HTTP has a narrower one. */
export const failureAnswer = (event: Asked, failure: Failure, status: number = failure.status): ALBResult => {
  const headers: Record<string, string> = { "content-type": json, "cache-control": "no-store" };
  if (status === 401) headers["www-authenticate"] = 'Bearer realm="calendar"';
  if (status === 429) headers["retry-after"] = String(event.rateLimit?.secondsLeft);
  if (status === 503 || failure.reason === "idempotencyRequestInProgress") headers["retry-after"] = "1";
  return toAlbResult(event, { status, body: JSON.stringify(errorBody(failure, status)), headers });
};

/** The answer to a browser that asks whether a page may call (a CORS preflight); undefined when it is none, or the page may not. */
export const preflightAnswer = (event: Incoming): ALBResult | undefined => {
  const { origin, "access-control-request-method": method } = event.headers;
  if (event.httpMethod !== "OPTIONS" || method === undefined || !setCorsHeaders({}, origin)) return undefined;
  count("Answers", { StatusClass: "2xx" });
  log.info("request", { method: "OPTIONS", status: 204 });
  return toAlbResult(event, { status: 204, body: "", headers: { ...preflightHeaders } });
};

/** The longest answer, as JSON, that a load balancer takes from a Lambda function (its user guide, "Lambda functions as targets"). */
const mostBytes = 1_000_000;
/** A character is six bytes of JSON at most: shorter bodies need not be measured. */
const surelyShort = mostBytes / 7;

const isTooLong = (result: ALBResult): boolean =>
  (result.body?.length ?? 0) > surelyShort && Buffer.byteLength(JSON.stringify(result)) > mostBytes;

const toJson = (response: unknown, { selection, indent }: Incoming): string => {
  const shown = selection ? select(response, selection) : response;
  return indent ? JSON.stringify(shown, null, indent) : JSON.stringify(shown);
};

/**
 * The link that speaks to the client: what `run` returned becomes JSON (or text), as much of it as was asked for, with an ETag and
 * compressed where that is worth it; or 304 when the client has that version. What any link threw becomes an error answer, and so does
 * what a Lambda function cannot send.
 */
export const answer = ({
  status,
  produces,
}: {
  readonly status: number;
  readonly produces: string;
}): middy.MiddlewareObj<Incoming, unknown> => ({
  after: (request): Promise<void> | undefined => {
    const { event, response } = request;
    const reply = (status: number, headers: Record<string, string>, body = "", isBase64Encoded = false): void => {
      const result = toAlbResult(event, { status, body, isBase64Encoded, headers });
      // Lambda alone says when it will freeze the process.
      if (event.frozenAt !== undefined && isTooLong(result)) throw new Failure("responseTooLarge");
      request.response = result;
    };
    if (status === 204) {
      reply(204, {});
      return;
    }
    if (isDownload(response)) {
      const headers = {
        "content-type": produces,
        "content-length": String(response.length),
        "content-disposition": `attachment; filename="${response.filename}"`,
        "cache-control": "no-store",
      };
      const head = toAlbResult(event, { status, body: "", headers });
      request.response = { ...head, download: response } satisfies DownloadResult;
      return;
    }
    const type = produces === "application/json" ? json : produces;
    const headers: Record<string, string> = { "content-type": type, vary: "Accept-Encoding" };
    const etag = (response as { readonly etag?: unknown }).etag;
    if (typeof etag === "string") {
      headers.etag = etag;
      const known = event.headers["if-none-match"];
      const isRead = event.httpMethod === "GET" || event.httpMethod === "HEAD";
      if (known !== undefined && isRead && names(known, etag)) {
        delete headers["content-type"];
        reply(304, headers);
        return;
      }
    }
    const body = typeof response === "string" ? response : toJson(response, event);
    const coding = codingFor(event.headers["accept-encoding"], body.length);
    if (!coding) {
      reply(status, headers, body);
      return;
    }
    headers["content-encoding"] = coding;
    return compress(body, coding).then((bytes) => reply(status, headers, bytes.toString("base64"), true));
  },
  onError: (request) => {
    const failure = toFailure(request.error);
    request.event.failure = failure.reason;
    request.response = failureAnswer(request.event, failure);
  },
});
