import type middy from "@middy/core";
import type { ALBResult } from "aws-lambda";
import { log } from "#lib/observe/logger.ts";
import { count, sample } from "#lib/observe/metrics.ts";
import type { Incoming } from "./incoming.ts";

/**
 * The outermost link: one log line and one latency sample per request, whatever became of it. The line tells the route template,
 * never the path or the query: those hold addresses and keys.
 */
export const observe = (id: string, route: string): middy.MiddlewareObj<Incoming, unknown> => {
  const [method] = route.split(" ");
  const finish = ({ event, response }: { event: Incoming; response?: unknown }) => {
    const result = response as ALBResult;
    const ms = performance.now() - event.startedAt;
    const { statusCode } = result;
    sample("Latency", { Route: id }, ms);
    count("Answers", { StatusClass: `${Math.floor(statusCode / 100)}xx` });
    if (statusCode >= 500) count("Faults", { Route: id });
    log.info("request", {
      method,
      route: id,
      status: statusCode,
      ms: Math.round(ms * 100) / 100,
      bytes: Buffer.byteLength(result.body ?? "", result.isBase64Encoded ? "base64" : "utf8"),
      user_id: event.caller?.userId,
      key_id: event.caller?.keyId ?? event.refusedKeyId,
      reason: event.failure,
    });
  };
  return { after: finish, onError: finish };
};
