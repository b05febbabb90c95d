/**
 * The whole API on a database of its own, over real HTTP. Every answer is held against what its endpoint declares: a reply that
 * does not fit its schema, or a failure that is not declared, fails the test whatever the test was looking at.
 */
import { Ajv } from "ajv";
import { type Adapter, createAdapter } from "#container/adapter.ts";
import { createDispatch } from "#container/dispatch.ts";
import { refuse } from "#container/refuse.ts";
import { findEndpoints, mountsOf } from "#container/routes.ts";
import { type Config, readConfig } from "#lib/config.ts";
import { bootstrapAdmin } from "#lib/domain/users/bootstrap.ts";
import { type Endpoint, everywhere } from "#lib/entry/endpoint.ts";
import { startServices, stopServices } from "#lib/entry/services.ts";
import { failures, type Reason } from "#lib/errors.ts";
import { redirectOutput } from "#lib/observe/output.ts";
import { freshDatabase } from "./database.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON, the text of another type, or undefined when it is empty. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly body: any;
  /** `error.errors[0].reason` of a failure. */
  readonly reason: string | undefined;
}

export interface Call {
  readonly key?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A user with a key, and the calls they make: paths are below the root, `/calendar/v3/…`. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly key: string;
  get(path: string, headers?: Call["headers"]): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Call["headers"]): Promise<Answer>;
  put(path: string, body?: unknown, headers?: Call["headers"]): Promise<Answer>;
  patch(path: string, body?: unknown, headers?: Call["headers"]): Promise<Answer>;
  delete(path: string, headers?: Call["headers"]): Promise<Answer>;
}

export interface Api {
  readonly url: string;
  readonly adminKey: string;
  readonly databaseUrl: string;
  readonly endpoints: readonly Endpoint[];
  readonly adapter: Adapter;
  /** The log lines and metrics written so far. */
  readonly lines: string[];
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** A new user with a calendar of their own; tests share no people. */
  person(options?: { readonly timeZone?: string }): Promise<Person>;
  stop(): Promise<void>;
}

/** Optimized code would take longer to make than it saves here. */
const ajv = new Ajv({ strict: false, code: { optimize: false } });
const wireReasons = new Map(Object.entries(failures).map(([reason, kind]) => [reason, "reason" in kind ? kind.reason : reason]));

/** Starts it all, as behind one proxy, whose word `X-Forwarded-For` is; call `stop` in afterAll. */
export const startApi = async (config: Partial<Config> = {}): Promise<Api> => {
  const lines: string[] = [];
  const restoreOutput = redirectOutput((line) => lines.push(line));
  const database = await freshDatabase();
  const adminKey = "test-administrator-key";
  const endpoints = await findEndpoints();
  const mounts = mountsOf(endpoints);
  const whole: Config = {
    ...readConfig({ PUBLIC_URL: "http://calendar.test", TRACE_SAMPLE_RATE: "0", TRUSTED_PROXIES: "1" }),
    rateLimitPerMinute: 0,
    rateLimitPerAddressPerMinute: 0,
    ...config,
    databaseUrl: database.url,
  };
  const { db, settings } = await startServices(whole, createDispatch(mounts));
  await bootstrapAdmin(db, { secret: settings.secret, adminKey, keyEnvironment: "test", now: Date.now() });
  const adapter = createAdapter({
    mounts,
    refuse,
    maxBodyBytes: whole.maxBodyBytes,
    maxConcurrent: whole.maxConcurrentRequests,
    maxQueued: whole.maxQueuedRequests,
    isOutermost: whole.trustedProxies === 0,
  });
  const url = await adapter.listen(config.port ?? 0, "127.0.0.1");

  const checks = endpoints.map((endpoint) => {
    const { route, reply, produces, errors } = endpoint.description;
    const [method, path] = route.split(" ") as [string, string];
    const pattern = new RegExp(`^${path.replaceAll(".", String.raw`\.`).replaceAll(/\{\w+\}/g, "[^/]+")}$`);
    const fixed = path.split("/").filter((segment) => !segment.startsWith("{")).length;
    const declared = new Set<string>([...errors, ...everywhere].map((reason: Reason) => wireReasons.get(reason) ?? reason));
    /** Compiled with the first answer: most tests ask a few endpoints. */
    const fits = () => (reply && !produces ? ajv.compile(reply) : undefined);
    return { endpoint, method, pattern, fixed, fits, declared };
  });
  const endpointOf = (method: string, path: string) =>
    checks.filter((one) => one.method === method && one.pattern.test(path)).sort((a, b) => b.fixed - a.fixed)[0];

  const call: Api["call"] = async (method, path, { key, body, headers = {} } = {}) => {
    const json = body !== undefined && typeof body !== "string";
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(key !== undefined && { "X-API-Key": key }),
        ...(json && { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: json ? JSON.stringify(body) : (body as string) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    const parsed = text === "" ? undefined : isJson ? JSON.parse(text) : text;
    const reason = parsed?.error?.errors?.[0]?.reason;
    const found = endpointOf(method, path.split("?")[0] as string);
    const isPartial = path.includes("fields=");
    const fits = response.status < 300 && !isPartial ? found?.fits() : undefined;
    if (fits && !fits(parsed)) {
      throw new Error(`${found?.endpoint.description.id} answers what it does not declare: ${ajv.errorsText(fits.errors)}`);
    }
    if (found && response.status >= 400 && !found.declared.has(reason)) {
      throw new Error(
        `${found.endpoint.description.id} fails with ${response.status} ${reason}, which it does not declare: ${text}`,
      );
    }
    return { status: response.status, headers: response.headers, body: parsed, reason };
  };

  let people = 0;
  const person: Api["person"] = async (options = {}) => {
    people += 1;
    const email = `person${people}@example.org`;
    const user = await call("POST", "/v1/users", { key: adminKey, body: { email, ...options } });
    const made = await call("POST", `/v1/users/${user.body.id}/keys`, { key: adminKey, body: { name: "test" } });
    const { key } = made.body as { key: string };
    const withBody = (method: string) => (path: string, body?: unknown, headers?: Call["headers"]) =>
      call(method, path, { key, ...(body !== undefined && { body }), ...(headers && { headers }) });
    const withoutBody = (method: string) => (path: string, headers?: Call["headers"]) =>
      call(method, path, { key, ...(headers && { headers }) });
    return {
      id: user.body.id,
      email,
      key,
      get: withoutBody("GET"),
      post: withBody("POST"),
      put: withBody("PUT"),
      patch: withBody("PATCH"),
      delete: withoutBody("DELETE"),
    };
  };

  return {
    url,
    adminKey,
    databaseUrl: database.url,
    endpoints,
    adapter,
    lines,
    call,
    person,
    stop: async () => {
      await adapter.drain({ deadlineMs: 2_000 });
      await stopServices();
      await database.drop();
      restoreOutput();
    },
  };
};
