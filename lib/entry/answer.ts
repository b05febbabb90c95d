import type middy from "@middy/core";
import type { ALBResult } from "aws-lambda";
import { errorBody, Failure } from "#lib/errors.ts";
import { log } from "#lib/observe/logger.ts";
import { count } from "#lib/observe/metrics.ts";
import { currentRequest } from "#lib/observe/scope.ts";
import { databaseFault } from "#lib/sql/database.ts";
import { type Incoming, isMultiValue } from "./incoming.ts";

const json = "application/json; charset=UTF-8";

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, string>;
}

/** Writes a reply in the shape the target group expects, with the headers every answer carries. */
const toAlbResult = (event: { readonly multiValueHeaders?: unknown }, { status, body, headers }: Reply): ALBResult => {
  const request = currentRequest();
  headers["cache-control"] ??= "private, max-age=0, must-revalidate";
  headers["x-content-type-options"] = "nosniff";
  if (request) {
    headers["x-correlation-id"] = request.correlationId;
    headers["x-request-id"] = request.requestId;
  }
  const result: ALBResult = { statusCode: status, body, isBase64Encoded: false };
  if (!isMultiValue(event as Incoming)) return { ...result, headers };
  const multiValueHeaders: Record<string, string[]> = {};
  for (const name in headers) multiValueHeaders[name] = [headers[name] as string];
  return { ...result, multiValueHeaders };
};

/** Whether an `If-None-Match` header names this ETag (RFC 9110 13.1.2: weak comparison, `*` names any). */
const names = (header: string, etag: string): boolean =>
  header === "*" || header.split(",").some((candidate) => candidate.trim().replace(/^W\//, "") === etag);

/** Turns whatever was thrown into one of our failures. Only what we did not foresee is logged as an error, with its stack. */
export const toFailure = (error: unknown): Failure => {
  if (error instanceof Failure) return error;
  const fault = databaseFault(error);
  if (fault) {
    count("DatabaseFaults", { Kind: fault });
    log.warn("database fault", { fault, text: String((error as Error).message).slice(0, 200) });
    return new Failure(fault === "timeout" ? "queryTimeout" : "backendError", { cause: error });
  }
  log.error("unforeseen failure", error as Error);
  return new Failure("internalError", { cause: error });
};

/** The answer to a failure, in Google's error shape; with a status of its own where HTTP has a narrower one. */
export const failureAnswer = (
  event: { readonly multiValueHeaders?: unknown },
  failure: Failure,
  status: number = failure.status,
): ALBResult => {
  const headers: Record<string, string> = { "content-type": json, "cache-control": "no-store" };
  if (status === 401) headers["www-authenticate"] = 'Bearer realm="calendar"';
  if (status === 503) headers["retry-after"] = "1";
  return toAlbResult(event, { status, body: JSON.stringify(errorBody(failure, status)), headers });
};

/**
 * The link that speaks to the client: what `run` returned becomes JSON (or text) with an ETag, or 304 when the client has that
 * version; what any link threw becomes an error answer.
 */
export const answer = ({
  status,
  produces,
}: {
  readonly status: number;
  readonly produces: string;
}): middy.MiddlewareObj<Incoming, unknown> => ({
  after: (request) => {
    const { event, response } = request;
    if (status === 204) {
      request.response = toAlbResult(event, { status, body: "", headers: {} });
      return;
    }
    const headers: Record<string, string> = { "content-type": produces === "application/json" ? json : produces };
    const etag = (response as { readonly etag?: unknown }).etag;
    if (typeof etag === "string") {
      headers.etag = etag;
      const known = event.headers["if-none-match"];
      const isRead = event.httpMethod === "GET" || event.httpMethod === "HEAD";
      if (known !== undefined && isRead && names(known, etag)) {
        delete headers["content-type"];
        request.response = toAlbResult(event, { status: 304, body: "", headers });
        return;
      }
    }
    const body = typeof response === "string" ? response : JSON.stringify(response);
    request.response = toAlbResult(event, { status, body, headers });
  },
  onError: (request) => {
    const failure = toFailure(request.error);
    request.event.failure = failure.reason;
    request.response = failureAnswer(request.event, failure);
  },
});
