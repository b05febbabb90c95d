import { Tracer } from "@aws-lambda-powertools/tracer";
import xray from "aws-xray-sdk-core";
import { serviceName } from "./powertools-mode.ts";
import { currentRequest } from "./scope.ts";

/**
 * The only file that knows X-Ray: segments of sampled requests, sent over UDP to `AWS_XRAY_DAEMON_ADDRESS` (127.0.0.1:2000 when
 * unset; nothing is lost but the trace when nobody listens there). An unsampled request costs nothing here.
 */
const tracer = new Tracer({ serviceName, enabled: true, captureHTTPsRequests: false });

// The SDK reports each missing context on the console; ours are made by hand, so there is nothing to miss.
xray.setContextMissingStrategy(() => undefined);
// It also builds a debug text of each segment unless it is given a logger without one.
xray.setLogger({ debug() {}, info() {}, warn() {}, error() {} });

export interface TracedAnswer {
  readonly statusCode: number;
}

/**
 * Runs one sampled request under a segment of its own named after the service, annotated with the route and ended with the
 * answer's status. Call it only when the request's scope says it is sampled.
 */
export const traced = async <T extends TracedAnswer>(method: string, route: string, run: () => Promise<T>): Promise<T> => {
  const request = currentRequest();
  const segment = new xray.Segment(serviceName, request?.traceId);
  tracer.setSegment(segment);
  segment.addAnnotation("route", route);
  if (request) {
    segment.addAnnotation("correlation_id", request.correlationId);
    segment.addAnnotation("request_id", request.requestId);
  }
  const http = { request: { method, url: route }, response: { status: 500 } };
  try {
    const answer = await run();
    http.response.status = answer.statusCode;
    if (answer.statusCode >= 500) segment.addFaultFlag();
    else if (answer.statusCode >= 400) segment.addErrorFlag();
    return answer;
  } catch (error) {
    segment.addError(error as Error);
    throw error;
  } finally {
    Object.assign(segment, { http });
    segment.close();
  }
};

/** Times one step of the running request, as a subsegment, when it is sampled; just runs it otherwise. */
export const tracedStep = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
  if (!currentRequest()?.sampled) return run();
  const step = tracer.getSegment()?.addNewSubsegment(name);
  try {
    return await run();
  } finally {
    step?.close();
  }
};
