import type { ALBResult } from "aws-lambda";

/** A request that no handler answers, and why; `status` is the one to answer with. */
export interface Refusal {
  readonly status: number;
  readonly kind:
    | "routeNotFound" // 404
    | "methodNotAllowed" // 405, with `allow`
    | "malformedRequest" // 400; 417 for an unknown Expect; 431 for a head that is too large
    | "bodyTooLarge" // 413
    | "timeout" // 408: the request did not arrive in time; 504: the handler did not answer in time
    | "overloaded" // 503, with `retryAfterSeconds`
    | "internal"; // 500: the handler threw, or its answer cannot be sent; `cause` says what
  /** The verbs that the path knows, sorted: for the Allow header, which the adapter adds when the answer has none. */
  readonly allow?: readonly string[];
  /** For the Retry-After header, which the adapter adds when the answer has none. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

export const malformedRequest: Refusal = { status: 400, kind: "malformedRequest" };
export const unknownExpectation: Refusal = { status: 417, kind: "malformedRequest" };
export const bodyTooLarge: Refusal = { status: 413, kind: "bodyTooLarge" };
export const requestTooSlow: Refusal = { status: 408, kind: "timeout" };
export const handlerTooSlow: Refusal = { status: 504, kind: "timeout" };
export const overloaded: Refusal = { status: 503, kind: "overloaded", retryAfterSeconds: 1 };

/** The refusal for a path without a handler for the request's verb. */
export const noRoute = (allow: readonly string[]): Refusal =>
  allow.length === 0 ? { status: 404, kind: "routeNotFound" } : { status: 405, kind: "methodNotAllowed", allow };

/** The refusal for what node:http's parser gave up on. */
export const unreadable = (error: NodeJS.ErrnoException): Refusal => {
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") return requestTooSlow;
  if (error.code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return bodyTooLarge;
  if (error.code === "HPE_HEADER_OVERFLOW") return { status: 431, kind: "malformedRequest" };
  return malformedRequest;
};

/** The answer with the headers that HTTP demands for this refusal, unless it has them: Allow for 405, Retry-After for 503. */
export const withRequiredHeaders = (answer: ALBResult, { allow, retryAfterSeconds }: Refusal): ALBResult => {
  let result = answer;
  if (allow !== undefined) result = withHeader(result, "Allow", allow.join(", "));
  if (retryAfterSeconds !== undefined) result = withHeader(result, "Retry-After", String(retryAfterSeconds));
  return result;
};

const withHeader = (answer: ALBResult, name: string, value: string): ALBResult => {
  const present = Object.keys({ ...answer.headers, ...answer.multiValueHeaders });
  if (present.some((other) => other.toLowerCase() === name.toLowerCase())) return answer;
  return { ...answer, headers: { ...answer.headers, [name]: value } };
};
