import type { ALBEvent } from "aws-lambda";
import type { Caller } from "#lib/context.ts";
import type { Reason } from "#lib/errors.ts";
import type { Standing } from "./counter.ts";
import type { Selection } from "./fields.ts";
import type { RateLimit } from "./rate-limit.ts";

/** An ALB event on its way through the chain: what the links have found out so far stands beside what the ALB said. */
export interface Incoming extends Omit<ALBEvent, "body"> {
  /** Single-valued headers, lower case, whichever shape the ALB sent. */
  headers: Record<string, string | undefined>;
  /** Placeholders of the route, decoded. */
  pathParameters: Record<string, string>;
  /** Query parameters, decoded, in the types their schemas ask for where the text allows it. Has no prototype: names are a client's. */
  query: Record<string, unknown>;
  /** The text as it came; after the body parser, the value. */
  body: unknown;
  caller?: Caller;
  /** Where it came from, as far as that has been found out. */
  address?: string;
  /** How its address stands with the limit of rate. */
  addressStanding?: Standing;
  /** What its answer says of the limits of rate. */
  rateLimit?: RateLimit;
  /** The public id in a key that was refused. */
  refusedKeyId?: string | undefined;
  /** What `fields` selects of the answer; undefined: all of it. */
  selection?: Selection | undefined;
  /** Spaces per level of the answer's JSON; undefined: one line. */
  indent?: number;
  /** Its answer is the first one to a request that was sent before. */
  isReplay?: true;
  /** Why it was refused, for the observer. */
  failure?: Reason;
  /** `performance.now()` at the beginning. */
  startedAt: number;
  /** `performance.now()` at which Lambda will have to have the answer. */
  frozenAt?: number;
  /** Of the body as it came. */
  bytesIn: number;
}

/** Bytes of a body that an event or an answer carries as text. */
export const byteLength = (body: string | null | undefined, isBase64Encoded: boolean | undefined): number =>
  body ? Buffer.byteLength(body, isBase64Encoded ? "base64" : "utf8") : 0;

/** Copies an ALB event of either shape into one the chain may write to. */
export const incoming = (event: ALBEvent): Incoming => {
  let headers = event.headers;
  if (!headers) {
    headers = {};
    const multi = event.multiValueHeaders ?? {};
    for (const name in multi) headers[name] = multi[name]?.at(-1);
  }
  const bytesIn = byteLength(event.body, event.isBase64Encoded);
  return { ...event, headers, pathParameters: {}, query: Object.create(null), startedAt: performance.now(), bytesIn };
};

/** Whether the target group sends, and wants back, several values per header. */
export const isMultiValue = (event: Pick<ALBEvent, "multiValueHeaders">): boolean => event.multiValueHeaders !== undefined;
