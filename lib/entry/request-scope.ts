import { randomBytes, randomUUID } from "node:crypto";
import { currentRequest, type RequestScope } from "#lib/observe/scope.ts";

const wellFormedId = /^[\w.:@/+=-]{1,128}$/;
const traceRoot = /(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/i;

/** A new X-Ray root, for requests that came past the load balancer. */
const newTraceRoot = (): string => `1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString("hex")}`;

/**
 * What this request will be known by: the trace root that the ALB gave it, the caller's own `X-Correlation-Id` when it is
 * well-formed (else the root: the ALB's access log holds it too), and whether it is traced. Chance alone decides that, whatever
 * `Sampled` says, for a load balancer hands on what anybody sends; a request inside another one goes with that.
 * `requestId` is Lambda's or the adapter's own, when one of them has given it an id.
 */
export const requestScope = (
  headers: Readonly<Record<string, string | undefined>>,
  sampleRate: number,
  requestId: string = randomUUID(),
): RequestScope => {
  const outer = currentRequest();
  const trace = headers["x-amzn-trace-id"];
  const traceId = outer?.traceId ?? ((trace && traceRoot.exec(trace)?.[1]) || newTraceRoot());
  const correlation = headers["x-correlation-id"];
  return {
    requestId,
    correlationId: correlation && wellFormedId.test(correlation) ? correlation : traceId,
    traceId,
    sampled: outer?.sampled ?? Math.random() < sampleRate,
  };
};
