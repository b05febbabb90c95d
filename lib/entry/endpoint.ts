import middy from "@middy/core";
import validator from "@middy/validator";
import type { ErrorObject } from "ajv";
import type { ALBEvent, ALBResult, Context as LambdaContext } from "aws-lambda";
import type { Caller, Context } from "#lib/context.ts";
import { Failure, type Reason } from "#lib/errors.ts";
import { namedCalendar } from "#lib/model/calendar.ts";
import { unlimited } from "#lib/model/key.ts";
import type { Need } from "#lib/model/scope.ts";
import { flushMetrics } from "#lib/observe/metrics.ts";
import { currentRequest, inScope } from "#lib/observe/scope.ts";
import { traced } from "#lib/observe/tracer.ts";
import type { Static, TProperties, TSchema } from "#lib/schema.ts";
import type { Connection } from "#lib/sql/database.ts";
import { answer, failureAnswer, preflightAnswer } from "./answer.ts";
import { authenticate } from "./authenticate.ts";
import { note } from "./catalogue.ts";
import { once, readKey } from "./idempotency.ts";
import { type Incoming, incoming } from "./incoming.ts";
import { limitAddress } from "./limit-address.ts";
import { observe } from "./observe.ts";
import { readJson, readText } from "./read-body.ts";
import { readRequest } from "./read-request.ts";
import { requestScope } from "./request-scope.ts";
import { openServices, services } from "./services.ts";
import { requestValidator, validationFailure } from "./validate.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type Placeholders<Route extends string> = Route extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;
type Values<Schemas extends TProperties> = Static<import("typebox").TObject<Schemas>>;

/** What `run` is given: everything already decoded, typed and checked against the endpoint's schemas. */
export interface Request<Path, Query, Body> {
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  /** The ETag the client's version of the resource must still have, from `If-Match`; undefined: any. */
  readonly ifMatch: string | undefined;
  /** Its headers, names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** An endpoint as it describes itself. The build, the router, the metrics, the shared tests and the API's documents read it. */
export interface Description<
  Route extends string = string,
  Path extends TProperties = TProperties,
  Query extends TProperties = TProperties,
  Body extends TSchema = TSchema,
  Reply extends TSchema = TSchema,
> {
  /** The file's own path under `handlers/`, `events.insert`; Google's method name where Google has the method. */
  readonly id: `${string}.${string}`;
  readonly route: Route & `${Method} /${string}`;
  readonly summary: string;
  readonly description: string;
  /** Who may call it: anybody, anybody with a key, or administrators. */
  readonly access: "public" | "user" | "admin";
  /** What a key with scopes must have to call it. */
  readonly scope: Need;
  /** A schema for each placeholder of the route. */
  readonly path: { readonly [Name in Placeholders<Route>]: TSchema } & Path;
  readonly query?: Query;
  readonly body?: Body;
  /** The body's media type, when it is not JSON: then `body` is the schema of its text, or of the list of its parts. */
  readonly consumes?: "text/calendar" | "multipart/mixed";
  /** What it answers; without it, 204 and nothing. */
  readonly reply?: Reply;
  readonly status?: 200 | 201;
  /** The answer's media type, when it is not JSON: then `run` returns the text, or the file. */
  readonly produces?: string;
  /** It changes nothing, though it is no GET: it may be answered from a replica. */
  readonly readsOnly?: true;
  /**
   * It needs the other endpoints in its process, or answers with a file: it cannot be a Lambda function, and the load balancer leaves it
   * to the container.
   */
  readonly containerOnly?: true;
  /** It commits step by step, and may be asked for again when it was interrupted: an Idempotency-Key opens no transaction around it. */
  readonly inSteps?: true;
  /** How long it may work on a request, ms, where that is longer than REQUEST_TIMEOUT_MS. The cloud's load balancer waits ten seconds more. */
  readonly timeLimitMs?: number;
  /** How it can fail, besides the ways every endpoint can. */
  readonly errors: readonly Reason[];
}

/** A Lambda handler for an ALB target group that also tells what it is. */
export interface Endpoint {
  (event: ALBEvent, context?: LambdaContext): Promise<ALBResult>;
  readonly description: Description;
}

/** Failures that any endpoint may answer: they need no declaration. */
export const everywhere: readonly Reason[] = [
  "authError",
  "loginRequired",
  "forbidden",
  "insufficientPermissions",
  "ipRefererBlocked",
  "rateLimitExceeded",
  "userRateLimitExceeded",
  "parseError",
  "required",
  "invalid",
  "invalidParameter",
  "unsupportedMediaType",
  "uploadTooLarge",
  "responseTooLarge",
  "idempotencyKeyReused",
  "idempotencyRequestInProgress",
  "internalError",
  "backendError",
  "queryTimeout",
  "overloaded",
];

type Run<Path extends TProperties, Query extends TProperties, Body extends TSchema, Reply extends TSchema> = (
  ctx: Context,
  request: Request<Values<Path>, Values<Query>, Static<Body>>,
) => Promise<NoInfer<Static<Reply>>>;

/** Checks what the links have read, through Middy's validator, and says what is wrong in a sentence. */
const validate = (check: ReturnType<typeof requestValidator>): middy.MiddlewareObj<Incoming, unknown> => {
  const { before } = validator({ eventSchema: check as never });
  return {
    before: (request) => {
      try {
        before?.(request as never);
      } catch (error) {
        const [first] = (error as { cause?: { data?: ErrorObject[] } }).cause?.data ?? [];
        throw first ? validationFailure(first) : error;
      }
    },
  };
};

/** Hands over what has been counted, before the process is frozen. */
const flushCounts = (): Promise<void> | undefined => {
  flushMetrics();
  return openServices()?.usage.flushWhenDue();
};

/** How long before Lambda ends the function a request must be done with the database. */
const timeToAnswerMs = 500;

const anonymous: Caller = { ...unlimited, userId: "", email: "", keyId: "", isAdmin: false };

/**
 * Makes an endpoint: a description and what it does in, a Lambda handler (ALB event to ALB answer) out. This is the only place
 * where the chain of a request is put together; the first link is the outermost.
 */
export const endpoint = <
  const Route extends string,
  Path extends TProperties,
  Query extends TProperties = Record<never, never>,
  Body extends TSchema = TSchema,
  Reply extends TSchema = TSchema,
>(
  spec: Description<Route, Path, Query, Body, Reply> & { readonly run: Run<Path, Query, Body, Reply> },
): Endpoint => {
  const { run, ...description } = spec;
  const [method, path] = spec.route.split(" ") as [string, string];
  const query = spec.query ?? ({} as TProperties);
  const strict = path.startsWith("/v1/");
  const changes = method !== "GET" && spec.access !== "public";
  const check = requestValidator({ path: spec.path, query, body: spec.body, strict });

  const chain = middy<Incoming, unknown>(async (event: Incoming) => {
    const opened = services();
    const { config, db, settings, keys, calendarCache, reads, dispatch } = opened instanceof Promise ? await opened : opened;
    if (spec.containerOnly && !dispatch) {
      throw new Failure("notImplemented", { message: "This is answered by the container only." });
    }
    const about = {
      action: spec.id,
      correlationId: currentRequest()?.correlationId ?? null,
      address: () => event.address || null,
    };
    const ctx: Context = { caller: event.caller ?? anonymous, db, now: Date.now, settings, request: about, keys, calendarCache };
    const request = {
      path: event.pathParameters as Values<Path>,
      query: event.query as Values<Query>,
      body: event.body as Static<Body>,
      ifMatch: event.headers["if-match"],
      headers: event.headers,
    };
    const key = changes ? readKey(event.headers["idempotency-key"]) : undefined;
    const allowedMs = Math.max(config.requestTimeoutMs, spec.timeLimitMs ?? 0);
    const deadline = Math.min(event.startedAt + allowedMs, event.frozenAt ?? Number.POSITIVE_INFINITY);
    const perform = (connection: Connection) => {
      const inTime = connection.until(deadline);
      const { calendarId } = event.pathParameters;
      const on = changes && calendarId ? inTime.inTurnAt([namedCalendar(ctx.caller.email, calendarId)]) : inTime;
      if (key === undefined) return run({ ...ctx, db: on }, request);
      const asked = [spec.id, request.path, request.query, request.body, request.ifMatch];
      const onReplay = () => {
        event.isReplay = true;
      };
      return once({ ...ctx, db: on }, { key, asked, onReplay, inSteps: spec.inSteps }, (part) => run(part, request));
    };
    // What the container alone answers is more than a read: it is not begun twice, as one is that a replica fails.
    if (!reads || spec.access === "public" || spec.containerOnly) return perform(db);
    const isRead = (method === "GET" || spec.readsOnly === true) && key === undefined;
    return isRead ? reads.read(event, perform) : reads.write(event, perform);
  })
    .use(observe(spec.id, spec.route, spec.readsOnly))
    .use(answer({ status: spec.reply ? (spec.status ?? 200) : 204, produces: spec.produces ?? "application/json" }));
  // Whoever asks how the process is doing is never one too many.
  if (!spec.id.startsWith("health.")) chain.use(limitAddress());
  if (spec.access !== "public") chain.use(authenticate(spec.access, spec.scope));
  chain.use(readRequest(path, query, strict, spec.produces ? undefined : spec.reply));
  if (spec.body) chain.use(spec.consumes ? readText(spec.consumes) : readJson());
  chain.use(validate(check));

  const handler = (event: ALBEvent, context?: LambdaContext): Promise<ALBResult> => {
    const request = incoming(event);
    const isOnLambda = context?.getRemainingTimeInMillis !== undefined;
    if (isOnLambda) request.frozenAt = performance.now() + context.getRemainingTimeInMillis() - timeToAnswerMs;
    const scope = requestScope(request.headers, openServices()?.config.traceSampleRate ?? 0, context?.awsRequestId);
    const answering = inScope(scope, () => {
      // Only on Lambda: in the container these end at the router.
      if (request.httpMethod === "OPTIONS") {
        return Promise.resolve(preflightAnswer(request) ?? failureAnswer(request, new Failure("methodNotAllowed")));
      }
      const answered = () => chain(request, context ?? ({} as LambdaContext)) as Promise<ALBResult>;
      return scope.sampled ? traced(method, spec.route, answered) : answered();
    });
    // Lambda, whose context alone knows the time that is left, freezes the process after the answer: no timer flushes there.
    return isOnLambda ? answering.finally(flushCounts) : answering;
  };
  note(description as unknown as Description);
  return Object.assign(handler, { description: description as unknown as Description });
};
