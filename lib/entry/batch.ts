import { hash } from "node:crypto";
import { setImmediate as breath } from "node:timers/promises";
import type { ALBResult } from "aws-lambda";
import { Failure } from "#lib/errors.ts";
import { currentRequest } from "#lib/observe/scope.ts";
import { failureAnswer } from "./answer.ts";
import { type BatchPart, readPart, writePart } from "./batch-part.ts";
import { readKey } from "./idempotency.ts";
import { type InnerRequest, services } from "./services.ts";

/** What a batch hands on to its parts. */
export interface Outer {
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The credential in its query. */
  readonly key: string | undefined;
}

/** No line of JSON begins with "--", so this cannot stand in an answer. */
export const boundary = "batch_of_the_calendar_api";

/** From when on no further part is run: load balancers and clients wait 60 s, and a part may still take some. */
const maxMs = 30_000;
/** Bytes of answers after which no further part is run. */
const maxAnswerBytes = 32_000_000;

const surface = "/calendar/v3/";
const outOfReach = new Failure("notFound", { message: `There is no such endpoint in a batch, which reaches ${surface} only.` });
const notRun = new Failure("overloaded", {
  message: `The batch took more than ${maxMs / 1_000} s or answered more than ${maxAnswerBytes / 1e6} MB, so this part was not run. Send it again.`,
});

const credentials = ["x-api-key", "x-goog-api-key", "authorization"];
/** Headers that say how a request came here: a part came as its batch did, whatever it says itself. */
const circumstances = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-port", "host"];
/** Headers that concern the connection or the coding of an answer, which parts have none of. */
const ofTheOuter = ["accept-encoding", "connection", "content-length", "expect", "origin", "te", "transfer-encoding", "upgrade"];

/**
 * The headers of a part's request as they would be had it come by itself.
 *
 * @param key the batch's Idempotency-Key: each part that has none goes by a key made of it and of its place.
 */
const headersOf = (
  { headers, query }: InnerRequest,
  outer: Outer,
  { key, place }: { readonly key: string | undefined; readonly place: number },
): Map<string, string> => {
  const own = new Map(headers);
  const copy = (name: string): void => {
    const value = outer.headers[name];
    if (value !== undefined) own.set(name, value);
  };
  for (const name of [...circumstances, ...ofTheOuter]) own.delete(name);
  for (const name of circumstances) copy(name);
  if (!own.has("user-agent")) copy("user-agent");
  if (key !== undefined && !own.has("idempotency-key")) own.set("idempotency-key", `${place}:${hash("sha256", key)}`);
  const request = currentRequest();
  if (request) own.set("x-correlation-id", request.correlationId);
  const hasCredential = credentials.some((name) => own.has(name)) || /(?:^|&)key=/.test(query);
  if (!hasCredential) {
    for (const name of credentials) copy(name);
    if (outer.key && !credentials.some((name) => own.has(name))) own.set("x-goog-api-key", outer.key);
  }
  return own;
};

/**
 * Answers the parts of a batch, one after the other in their order, each as the endpoint would answer it by itself. A part that
 * cannot be read, or asks for what a batch does not reach, fails alone. Parts that the limits leave no room for are not run, and
 * are told so with 503: a client sends them again. A batch that is sent again under its Idempotency-Key does what was not done yet.
 *
 * @returns the body of a multipart answer, its parts in the order of the batch's.
 */
export const answerBatch = async (texts: readonly string[], outer: Outer): Promise<string> => {
  const { dispatch, settings } = await services();
  if (!dispatch) throw new Error("A process that has no other endpoints answers no batch.");
  const key = readKey(outer.headers["idempotency-key"]);
  const prefix = new URL(settings.publicUrl).pathname.replace(/\/$/, "");
  const startedAt = performance.now();
  let bytes = 0;

  const answerPart = ({ request }: BatchPart, place: number): ALBResult | Promise<ALBResult> => {
    if (request instanceof Failure) return failureAnswer({ multiValueHeaders: {} }, request);
    const path = request.path.startsWith(`${prefix}/`) ? request.path.slice(prefix.length) : request.path;
    if (!path.startsWith(surface)) return failureAnswer({ multiValueHeaders: {} }, outOfReach);
    const hasRoom = performance.now() - startedAt < maxMs && bytes < maxAnswerBytes;
    return hasRoom
      ? dispatch({ ...request, path, headers: headersOf(request, outer, { key, place }) })
      : failureAnswer({ multiValueHeaders: {} }, notRun);
  };

  const written: string[] = [];
  for (const [index, text] of texts.entries()) {
    const part = readPart(text);
    const answer = writePart(part, await answerPart(part, index));
    bytes += Buffer.byteLength(answer);
    written.push(`--${boundary}\r\n${answer}\r\n`);
    // Parts that need no database never let go of the process by themselves.
    if (index % 50 === 49) await breath();
  }
  return `${written.join("")}--${boundary}--\r\n`;
};
