import { randomUUID } from "node:crypto";
import { createServer, IncomingMessage, type Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { ALBEvent, ALBResult, Context } from "aws-lambda";
import { type Admissible, createAdmission } from "./admission.ts";
import { overriddenMethod, takeQueryFromBody } from "./method-override.ts";
import { discardBody, hasBody, readBody } from "./read-body.ts";
import type { Refusal } from "./refusal.ts";
import * as refusals from "./refusal.ts";
import { type Mount, routeTable } from "./route-table.ts";
import { fileOf, sendFile } from "./send-file.ts";
import { type EventMode, encodeBody, toAlbEvent } from "./to-alb-event.ts";
import { createUntaken } from "./untaken.ts";
import { writeHead } from "./write-answer.ts";

export type { Refusal } from "./refusal.ts";
export type { Mount } from "./route-table.ts";
export type { EventMode } from "./to-alb-event.ts";

/** How long a connection idles before it is closed: longer than before the load balancer closes it (310 s), or requests get lost. */
export const longestIdleMs = 320_000;

export interface AdapterOptions {
  readonly mounts: readonly Mount[];
  /** Runs around each handler call: the place for per-request scopes such as InvokeStore's. */
  readonly scope?: <T>(event: ALBEvent, requestId: string, run: () => Promise<T>) => Promise<T>;
  /** Writes the answer to a request that no handler answers. The event is absent when the request could not be read. */
  readonly refuse: (refusal: Refusal, event?: ALBEvent) => ALBResult;
  /** Default "multi-value". */
  readonly mode?: EventMode;
  /** What `event.requestContext.elb.targetGroupArn` says. Default: an ARN that names no AWS account. */
  readonly targetGroupArn?: string;
  /** No proxy stands in front: where a request came from, its connection says, not a header. Default false. */
  readonly isOutermost?: boolean;
  /** A longer body is refused with 413. A load balancer's own limit for Lambda targets is 1 MB. */
  readonly maxBodyBytes: number;
  /** Handlers at work at once. */
  readonly maxConcurrent: number;
  /** Requests that wait for one of them to end; the next is refused with 503. */
  readonly maxQueued: number;
  /** Answers that clients do not take, all together; the oldest are cut off. Default 128 MiB. */
  readonly maxUntakenBytes?: number;
  /** Bytes that a client has to take in a millisecond, on the whole. Default 64: what a telephone has at the edge of its network. */
  readonly slowestBytesPerMs?: number;
  /** From the end of the head to the end of the body, and between two bytes that a client takes of its answer. Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** What Lambda calls the function's timeout: then 504, and the slot is free for another. Default 60 s. */
  readonly handlerTimeoutMs?: number;
  /** From the connection or the first byte to the end of the head. Default 321 s: a load balancer may open a connection long before. */
  readonly headersTimeoutMs?: number;
  /** How long a connection may idle. Default {@link longestIdleMs}. */
  readonly keepAliveTimeoutMs?: number;
  /** Request line and headers together. Default 64 KiB, a load balancer's own limit. */
  readonly maxHeaderBytes?: number;
}

export interface Adapter {
  readonly server: Server;
  /** Starts to listen (port 0: any free one) and gives the root URL, without a slash at its end. */
  listen(port: number, host?: string): Promise<string>;
  /**
   * Stops without losing requests: from now on every answer closes its connection; after `acceptForMs` (the time in which
   * a load balancer still sends new ones, default 0) nothing new is accepted and idle connections are closed; what is
   * unfinished `deadlineMs` after that is cut off. Resolves when all connections are closed, with the number of handlers
   * still at work. A second call waits for the first.
   */
  drain(times: { deadlineMs: number; acceptForMs?: number }): Promise<number>;
  /** Handlers at work now. */
  inFlight(): number;
  /** Requests that wait for a slot now. */
  queued(): number;
}

/** One request that has found its handler. */
interface Call extends Admissible {
  readonly res: ServerResponse;
  readonly mount: Mount;
  readonly event: ALBEvent;
  readonly requestId: string;
}

/**
 * An HTTP server that does for Lambda handlers what an Application Load Balancer with Lambda targets does: it makes the
 * load balancer's event from a request, calls the handler mounted there, and sends the answer. Handlers get a `Context` with
 * `awsRequestId`, `functionName` (the route) and the static fields; there is no `getRemainingTimeInMillis`, since Middy
 * starts a timer per call when it sees one.
 *
 * A handler that throws or answers nonsense costs its own request a 500, never the process. Throws at once when two mounts
 * claim one route.
 */
export const createAdapter = (options: AdapterOptions): Adapter => {
  const { scope, refuse, maxBodyBytes, maxConcurrent, maxQueued } = options;
  const { requestTimeoutMs = 30_000, handlerTimeoutMs = 60_000, headersTimeoutMs = 321_000 } = options;
  const { mode = "multi-value", targetGroupArn = nowhere, isOutermost = false } = options;
  const bodyLimits = { maxBytes: maxBodyBytes, timeoutMs: requestTimeoutMs };
  const origin = { mode, targetGroupArn, isOutermost };
  const match = routeTable(options.mounts);
  const { maxUntakenBytes = 128 * 1024 * 1024, slowestBytesPerMs: bytesPerMs = 64 } = options;
  const untaken = createUntaken({ patienceMs: requestTimeoutMs, bytesPerMs, maxBytes: maxUntakenBytes });
  let draining: Promise<number> | undefined;

  const receive = (req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): void => {
    const url = originForm(req.url ?? "");
    const cut = url.indexOf("?");
    const target = cut === -1 ? { path: url, query: "" } : { path: url.slice(0, cut), query: url.slice(cut + 1) };
    const requestId = randomUUID();
    const event = toAlbEvent(req, target, origin, requestId);
    event.httpMethod = overriddenMethod(req) ?? event.httpMethod;

    const found = isWellFormed(req, url) ? match(event.httpMethod, target.path) : refusals.malformedRequest;
    if ("kind" in found) refuseUnread(req, res, found, event, expectsContinue);
    else accept({ req, res, mount: found, event, requestId, slot: -1, sweep: 0 }, expectsContinue);
  };

  const accept = (call: Call, expectsContinue: boolean): void => {
    const { req, res, event } = call;
    if (!hasBody(req)) {
      admit(call);
    } else if (Number(req.headers["content-length"]) > maxBodyBytes) {
      refuseUnread(req, res, refusals.bodyTooLarge, event, expectsContinue);
    } else if (admission.isFull() && call.mount.alwaysAdmit !== true) {
      refuseUnread(req, res, refusals.overloaded, event, expectsContinue);
    } else {
      if (expectsContinue) res.writeContinue();
      readBody(req, bodyLimits, (body) => {
        if (body === "gone" || res.headersSent) return;
        if (body === "tooLarge" || body === "timeout") {
          refuseUnread(req, res, body === "timeout" ? refusals.requestTooSlow : refusals.bodyTooLarge, event, false);
          return;
        }
        if (event.httpMethod === "GET" && req.method === "POST") takeQueryFromBody(event, body);
        else Object.assign(event, encodeBody(body, req.headers["content-type"], req.headers["content-encoding"]));
        admit(call);
      });
    }
  };

  const admit = (call: Call): void => {
    if (!admission.admit(call, call.mount.alwaysAdmit === true)) {
      sendRefusal(call.req, call.res, refusals.overloaded, call.event);
    } else if (admission.waits(call)) {
      call.res.once("close", () => admission.withdraw(call));
    }
  };

  const start = async (call: Call): Promise<void> => {
    const { req, res, mount, event, requestId } = call;
    const context = contextFor(mount, requestId);
    try {
      const answer = await (scope === undefined
        ? mount.handler(event, context)
        : scope(event, requestId, () => mount.handler(event, context)));
      if (admission.holds(call)) sendAnswer(req, res, answer, event);
      else fileOf(answer)?.stream.destroy();
    } catch (cause) {
      if (admission.holds(call)) sendRefusal(req, res, { status: 500, kind: "internal", cause }, event);
    }
    admission.leave(call);
  };

  const expire = (call: Call): void => sendRefusal(call.req, call.res, refusals.handlerTooSlow, call.event);

  const admission = createAdmission<Call>({ maxConcurrent, maxQueued, timeoutMs: handlerTimeoutMs, start, expire });

  const sendAnswer = (req: IncomingMessage, res: ServerResponse, answer: ALBResult, event: ALBEvent): void => {
    const file = fileOf(answer);
    if (res.headersSent || res.destroyed) {
      file?.stream.destroy();
      return;
    }
    if (draining !== undefined) res.shouldKeepAlive = false;
    let payload: string | Buffer;
    try {
      payload = writeHead(res, req.method, answer, file?.length);
    } catch (cause) {
      file?.stream.destroy();
      sendRefusal(req, res, { status: 500, kind: "internal", cause }, event);
      return;
    }
    if (file) sendFile(req, res, file.stream);
    else res.end(payload);
    // The client does not take its answer as fast as it was made: it gets some time between two bytes, and for all of them.
    const untakenBytes = req.socket.writableLength;
    if (file || untakenBytes > 0) req.socket.setTimeout(requestTimeoutMs);
    if (file) untaken.watchFile(res, req.socket);
    else if (untakenBytes > 0) untaken.watch(res, untakenBytes);
  };

  const sendRefusal = (req: IncomingMessage, res: ServerResponse, refusal: Refusal, event?: ALBEvent): void => {
    if (!res.headersSent && !res.destroyed) res.end(writeRefusalHead(req, res, refusal, event));
  };

  const writeRefusalHead = (req: IncomingMessage, res: ServerResponse, refusal: Refusal, event?: ALBEvent): string | Buffer => {
    if (draining !== undefined) res.shouldKeepAlive = false;
    try {
      return writeHead(res, req.method, refusals.withRequiredHeaders(refuse(refusal, event), refusal));
    } catch {
      return writeHead(res, req.method, refusals.withRequiredHeaders({ statusCode: refusal.status }, refusal));
    }
  };

  /**
   * Refuses before the body was read. A short one node:http reads away by itself; for a long or endless one the answer goes
   * out in full, the rest is thrown away for a moment so that the client gets to see the answer, and the connection ends.
   */
  const refuseUnread = (
    req: IncomingMessage,
    res: ServerResponse,
    refusal: Refusal,
    event: ALBEvent,
    expectsContinue: boolean,
  ): void => {
    const isShort = Number(req.headers["content-length"]) <= maxBodyBytes && refusal.kind !== "timeout";
    if (isShort || expectsContinue || !hasBody(req)) {
      sendRefusal(req, res, refusal, event);
      return;
    }
    res.shouldKeepAlive = false;
    const payload = writeRefusalHead(req, res, refusal, event);
    if (payload.length > 0) res.write(payload);
    else res.flushHeaders();
    discardBody(req, () => res.end());
  };

  /** Answers what node:http could not read, on the bare socket when there is no request yet. */
  const refuseUnreadable = (error: NodeJS.ErrnoException, socket: Socket): void => {
    const pending = (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage;
    // A connection that is broken, has its answer already or never asked for anything just ends.
    const isBroken = error.code === "ECONNRESET" || !socket.writable;
    if (isBroken || socket.bytesRead === 0 || (pending?.headersSent && !pending.req.complete)) {
      socket.destroy();
      return;
    }
    if (pending?.req.complete) {
      pending.shouldKeepAlive = false; // an earlier request on this connection shall still have its answer
      pending.once("close", () => socket.destroy());
      return;
    }
    const req = pending?.req ?? new IncomingMessage(socket);
    const res = pending ?? new ServerResponse(req);
    if (!pending) res.assignSocket(socket);
    res.shouldKeepAlive = false;
    sendRefusal(req, res, refusals.unreadable(error));
    socket.removeAllListeners("data").on("data", () => {}); // takes the socket from the parser; see discardBody
    socket.end();
    setTimeout(() => socket.destroy(), 2_000).unref();
  };

  const server = createServer({
    maxHeaderSize: options.maxHeaderBytes ?? 65_536,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? longestIdleMs,
    headersTimeout: headersTimeoutMs,
    requestTimeout: headersTimeoutMs + requestTimeoutMs, // a second net: bodies have their own timer
    connectionsCheckingInterval: Math.min(headersTimeoutMs, 5_000),
    requireHostHeader: false, // checked here, to be refused in our own words
    optimizeEmptyRequests: true,
  });
  server.on("request", (req, res) => receive(req, res, false));
  server.on("checkContinue", (req, res) => receive(req, res, true));
  server.on("checkExpectation", (req, res) => sendRefusal(req, res, refusals.unknownExpectation));
  server.on("clientError", refuseUnreadable);
  server.on("close", admission.close);

  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });

  const stop = async (acceptForMs: number, deadlineMs: number): Promise<number> => {
    if (acceptForMs > 0) await new Promise((resolve) => setTimeout(resolve, acceptForMs));
    const closed = new Promise((resolve) => server.close(resolve)); // closes idle connections too,
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy(); // but takes unused ones for busy
    const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
    await closed;
    clearTimeout(deadline);
    return admission.running();
  };

  return {
    server,
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
          server.off("error", reject);
          resolve(urlOf(server.address() as AddressInfo));
        });
      }),
    drain: ({ deadlineMs, acceptForMs = 0 }) => {
      draining ??= stop(acceptForMs, deadlineMs);
      return draining;
    },
    inFlight: admission.running,
    queued: admission.queued,
  };
};

const nowhere = "arn:aws:elasticloadbalancing:local:000000000000:targetgroup/container/0000000000000000";

/** "http://host/path" is as good a request target as "/path" (RFC 9112 section 3.2.2). */
const originForm = (url: string): string => (url.startsWith("/") ? url : url.replace(/^https?:\/\/[^/?#]*\/?/i, "/"));

const isWellFormed = (req: IncomingMessage, url: string): boolean =>
  url.startsWith("/") && !url.includes("#") && (req.headers.host !== undefined || req.httpVersion !== "1.1");

const contextFor = ({ route }: Mount, requestId: string): Context =>
  ({
    awsRequestId: requestId,
    functionName: route,
    functionVersion: "$LATEST",
    invokedFunctionArn: route,
    memoryLimitInMB: "",
    logGroupName: "",
    logStreamName: "",
    callbackWaitsForEmptyEventLoop: false,
  }) as Context; // without the members that only Node's old callback style and Lambda's timer need

const urlOf = ({ address, family, port }: AddressInfo): string => {
  if (address === "::" || address === "0.0.0.0") return `http://127.0.0.1:${port}`;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
};
