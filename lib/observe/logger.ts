import { Logger, type LogItem } from "@aws-lambda-powertools/logger";
import type { LogAttributes, LogItemExtraInput, LogItemMessage, LogLevel } from "@aws-lambda-powertools/logger/types";
import { writeLine } from "./output.ts";
import { serviceName } from "./powertools-mode.ts";
import { currentRequest, type RequestScope } from "./scope.ts";

const levels: Record<number, string> = { 6: "TRACE", 8: "DEBUG", 12: "INFO", 16: "WARN", 20: "ERROR", 24: "CRITICAL" };
const errorLevel = 20;

/** The level lines begin at: the process's own copy, since asking Powertools reads the environment each time. */
let threshold = 12;

/** Requests that have been given keys of their own: their lines take the long way, which knows them. */
const withOwnKeys = new WeakSet<RequestScope>();

let lastMillisecond = 0;
let lastTimestamp = "";

/** Now, as ISO 8601: written out once per millisecond, in which a busy process writes several lines. */
const timestamp = (): string => {
  const now = Date.now();
  if (now !== lastMillisecond) {
    lastMillisecond = now;
    lastTimestamp = new Date(now).toISOString();
  }
  return lastTimestamp;
};

/** An error without what it carries: a database's brings the row, the values and the statement, a person's data, along. */
const bare = ({ name, message, stack, cause, code }: Error & { readonly code?: unknown }) => ({
  name,
  message,
  ...(typeof code === "string" && { code }),
  stack,
  ...(cause instanceof Error && { cause }),
});

/**
 * Powertools' Logger with the ids of the running request in every line. The common line (a text below ERROR and at most one plain
 * object) is written in one step, a third of the usual cost; anything else takes Powertools' own way, errors with their stacks.
 */
class RequestLogger extends Logger {
  override appendKeys(keys: LogAttributes): void {
    const request = currentRequest();
    if (request) withOwnKeys.add(request);
    super.appendKeys(keys);
  }

  protected override processLogItem(level: number, message: LogItemMessage, extra: LogItemExtraInput): void {
    const request = currentRequest();
    const [fields] = extra;
    const isPlain = typeof message === "string" && level < errorLevel && extra.length <= 1 && !(fields instanceof Error);
    if (isPlain && (fields === undefined || typeof fields === "object") && !(request && withOwnKeys.has(request))) {
      if (level < threshold) return;
      const head = `{"level":"${levels[level]}","message":${JSON.stringify(message)},"timestamp":"${timestamp()}","service":"${serviceName}"`;
      // Ids are ours, or were checked to need no escaping.
      const ids = request
        ? `,"correlation_id":"${request.correlationId}","request_id":"${request.requestId}","xray_trace_id":"${request.traceId}"`
        : "";
      const tail = fields === undefined ? "{}" : JSON.stringify(fields);
      writeLine(tail === "{}" ? `${head}${ids}}` : `${head}${ids},${tail.slice(1)}`);
      return;
    }
    const ids = request && {
      correlation_id: request.correlationId,
      request_id: request.requestId,
      xray_trace_id: request.traceId,
    };
    super.processLogItem(level, message, (ids ? [...extra, ids] : extra) as LogItemExtraInput);
  }

  protected override printLog(_level: number, item: LogItem): void {
    item.prepareForPrint();
    writeLine(JSON.stringify(item.getAttributes(), this.getJsonReplacer()));
  }
}

/** The process's logger. Never give it a query string, a header, a body or a person's data: routes, ids of ours, numbers. */
export const log: Logger = new RequestLogger({
  serviceName,
  jsonReplacerFn: (_name, value) => (value instanceof Error ? bare(value) : value),
});

/** Sets from which level on lines are written; called once, at start. */
export const setLogLevel = (level: LogLevel): void => {
  log.setLogLevel(level);
  threshold = log.level;
};
