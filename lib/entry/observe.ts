import type middy from "@middy/core";
import type { ALBResult } from "aws-lambda";
import { log } from "#lib/observe/logger.ts";
import { count, sample } from "#lib/observe/metrics.ts";
import type { DownloadResult } from "./answer.ts";
import { byteLength, type Incoming } from "./incoming.ts";
import { openServices } from "./services.ts";

/**
 * The outermost link: one log line, one latency sample and a count for the key per request, whatever became of it. The line tells the
 * route template, never the path or the query: those hold addresses and keys.
 */
export const observe = (id: string, route: string, readsOnly = false): middy.MiddlewareObj<Incoming, unknown> => {
  const [method] = route.split(" ");
  const isWrite = method !== "GET" && !readsOnly;
  const finish = ({ event, response }: { event: Incoming; response?: unknown }) => {
    const result = response as ALBResult | DownloadResult;
    const ms = performance.now() - event.startedAt;
    const { statusCode } = result;
    const bytes = "download" in result ? result.download.length : byteLength(result.body, result.isBase64Encoded);
    const { caller, bytesIn } = event;
    const bytesOut = event.httpMethod === "HEAD" ? 0 : bytes;
    if (caller) openServices()?.usage.count(caller.keyId, { isWrite, status: statusCode, bytesIn, bytesOut });
    sample("Latency", { Route: id }, ms);
    count("Answers", { StatusClass: `${Math.floor(statusCode / 100)}xx` });
    if (statusCode >= 500) count("Faults", { Route: id });
    log.info("request", {
      method,
      route: id,
      status: statusCode,
      ms: Math.round(ms * 100) / 100,
      bytes,
      user_id: event.caller?.userId,
      key_id: event.caller?.keyId ?? event.refusedKeyId,
      reason: event.failure,
    });
  };
  return { after: finish, onError: finish };
};
