/** What every answer must be: declared by the endpoint that gave it, in Google's shape when it is a refusal, and never a fault. */
import { Ajv, type ValidateFunction } from "ajv";
import { type Endpoint, everywhere } from "#lib/entry/endpoint.ts";
import { failures, type Reason } from "#lib/errors.ts";
import type { WireRequest } from "./requests.ts";
import type { WireAnswer } from "./send.ts";

interface Checked {
  readonly id: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly fixed: number;
  readonly fits: ValidateFunction | undefined;
  readonly declared: ReadonlySet<string>;
}

const wireReason = (reason: Reason): string => {
  const kind = failures[reason];
  return "reason" in kind ? kind.reason : reason;
};

const refusalShape = new Ajv({ strict: false }).compile({
  type: "object",
  required: ["error"],
  additionalProperties: false,
  properties: {
    error: {
      type: "object",
      required: ["code", "message", "errors"],
      additionalProperties: false,
      properties: {
        code: { type: "integer" },
        message: { type: "string", minLength: 1 },
        errors: {
          type: "array",
          minItems: 1,
          maxItems: 1,
          items: {
            type: "object",
            required: ["domain", "reason", "message"],
            additionalProperties: false,
            properties: {
              ...{ domain: { type: "string" }, reason: { type: "string" }, message: { type: "string" } },
              ...{ location: { type: "string" }, locationType: { enum: ["parameter", "header"] } },
            },
          },
        },
      },
    },
  },
});

/** Endpoints whose work is so much that only some do it at a time, or that give way to writers, and the word they say it with. */
const mayBeBusy = new Set(["users.export", "users.delete", "profiles.record"]);
const busy = `"reason":"${failures.overloaded.reason}"`;

const overrides = new Set(["GET", "PUT", "PATCH", "DELETE"]);

/** What a server says of how it is made, when it says too much. */
const innards = /node_modules|\.ts:\d|\bat \S+ \(|select .* from|violates .* constraint/;

/** @returns says what is wrong with an answer, or undefined; and which endpoint gave it. */
export const createCheck = (endpoints: readonly Endpoint[]) => {
  const ajv = new Ajv({ strict: false });
  const known: Checked[] = endpoints.map(({ description: { id, route, reply, produces, errors } }) => {
    const [method = "", path = ""] = route.split(" ");
    return {
      ...{ id, method },
      pattern: new RegExp(`^${path.replaceAll(".", String.raw`\.`).replaceAll(/\{\w+\}/g, "[^/]+")}$`),
      fixed: path.split("/").filter((segment) => !segment.startsWith("{")).length,
      fits: reply && !produces ? ajv.compile(reply) : undefined,
      declared: new Set([...errors, ...everywhere].map(wireReason)),
    };
  });

  const endpointOf = ({ method, target, headers }: WireRequest): Checked | undefined => {
    const override = headers["X-HTTP-Method-Override"]?.toUpperCase() ?? "";
    const meant = method === "POST" && overrides.has(override) ? override : method;
    const path = target.split("?")[0] as string;
    return known.filter((one) => one.method === meant && one.pattern.test(path)).sort((a, b) => b.fixed - a.fixed)[0];
  };

  const wrong = (request: WireRequest, { status, headers, text }: WireAnswer): string | undefined => {
    if (status >= 500 && !(status === 503 && mayBeBusy.has(endpointOf(request)?.id ?? "") && text.includes(busy))) {
      return `a fault: ${status}`;
    }
    if (innards.test(text)) return "it tells how the server is made";
    const isJson = headers["content-type"]?.startsWith("application/json") === true;
    let body: unknown;
    try {
      body = isJson && text !== "" ? JSON.parse(text) : undefined;
    } catch {
      return "its JSON is broken";
    }
    const endpoint = endpointOf(request);
    if (status >= 400) {
      if (!refusalShape(body)) return "a refusal that has not Google's shape";
      const { code, errors } = (body as { error: { code: number; errors: { reason: string; message: string }[] } }).error;
      const reason = errors[0]?.reason ?? "";
      if (code !== status) return `its code ${code} is not its status`;
      const isUnread = errors[0]?.message === "The request is not well-formed HTTP.";
      if (endpoint && !isUnread && !endpoint.declared.has(reason)) return `${endpoint.id} does not declare ${reason}`;
      return undefined;
    }
    if (/^HTTP\/1\.1 5\d\d/m.test(text)) return "a fault within a batch";
    if (!endpoint) return `${status} from no endpoint`;
    if (status === 304 || status === 204) return text === "" ? undefined : "a body where there is none";
    const isPartial = /[?&]fields=/.test(request.target) || request.body?.includes("fields=") === true;
    if (endpoint.fits && !isPartial && !endpoint.fits(body)) {
      return `${endpoint.id} answers what it does not declare: ${ajv.errorsText(endpoint.fits.errors)}`;
    }
    return undefined;
  };
  return { endpointOf: (request: WireRequest) => endpointOf(request)?.id, wrong };
};
