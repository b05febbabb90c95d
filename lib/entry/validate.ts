import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { Failure } from "#lib/errors.ts";
import type { TProperties, TSchema } from "#lib/schema.ts";

/** One compiler for all endpoints: making one costs more than compiling with it. */
const ajv = new Ajv({ strict: false, allErrors: false, verbose: true, messages: true, ownProperties: true });

/** A validator of requests that is compiled when the first one comes: an idle endpoint costs nothing at start. */
export const requestValidator = (schemas: {
  readonly path: TProperties;
  readonly query: TProperties;
  readonly body: TSchema | undefined;
  /** Refuse what the schemas do not name. */
  readonly strict: boolean;
}): ValidateFunction => {
  let compiled: ValidateFunction | undefined;
  const closed = schemas.strict && { additionalProperties: false };
  const validate = (event: unknown): boolean => {
    compiled ??= ajv.compile({
      type: "object",
      properties: {
        pathParameters: parameters(schemas.path),
        query: { ...parameters(schemas.query), ...closed },
        ...(schemas.body && { body: { ...schemas.body, ...((schemas.body as { type?: string }).type === "object" && closed) } }),
      },
    });
    const valid = compiled(event) as boolean;
    validate.errors = compiled.errors ?? null;
    return valid;
  };
  validate.errors = null as ErrorObject[] | null;
  // The middleware calls it and reads `errors`; the rest of a ValidateFunction nobody uses.
  return validate as unknown as ValidateFunction;
};

/** The schema of an object with these parameters, of which all are required that are not optional. */
export const parameters = (properties: TProperties) => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !("~optional" in (properties[name] as object))),
});

/** Words of an AJV path, `/body/attendees/3/email`, as clients know them: `attendees[3].email`. */
const locationOf = (path: string): string => {
  const words = path
    .split("/")
    .slice(2)
    .map((word) => word.replaceAll("~1", "/").replaceAll("~0", "~"));
  return words
    .map((word, index) => (/^\d+$/.test(word) ? `[${word}]` : index > 0 ? `.${word}` : word))
    .join("")
    .slice(0, 200);
};

const article = (word: string) => (word === "null" ? word : /^[aeio]/.test(word) ? `an ${word}` : `a ${word}`);

/** A sentence for a client's developer: what is wrong, and where. */
export const validationFailure = (error: ErrorObject): Failure => {
  const part = error.instancePath.split("/")[1] ?? "";
  const at = locationOf(error.instancePath);
  const within = (name: string) => (at ? `${at}.${name}` : name);
  const reason = part === "query" || part === "pathParameters" ? "invalidParameter" : "invalid";
  const params = error.params as Record<string, unknown>;

  if (error.keyword === "required") {
    const location = within(String(params.missingProperty));
    return new Failure("required", { location, message: `Missing required field: ${location}.` });
  }
  if (error.keyword === "additionalProperties") {
    const name = String(params.additionalProperty).slice(0, 100);
    return new Failure(reason, {
      location: within(name),
      message: `Unknown ${part === "query" ? "parameter" : "field"}: ${within(name)}.`,
    });
  }
  const what = at || "the body";
  const types = [(error.parentSchema as { type?: string | string[] }).type ?? "value"].flat().map(article).join(" or ");
  const sentences: Record<string, string> = {
    type: `it must be ${types}`,
    enum: `it must be one of ${((params.allowedValues ?? []) as unknown[]).map(String).join(", ")}`,
    maxLength: `it is longer than ${params.limit} characters`,
    minLength: params.limit === 1 ? "it is empty" : `it is shorter than ${params.limit} characters`,
    maxItems: `it has more than ${params.limit} items`,
    minItems: `it has fewer than ${params.limit} items`,
    maxProperties: `it has more than ${params.limit} fields`,
    minimum: `it must be at least ${params.limit}`,
    maximum: `it must be at most ${params.limit}`,
    pattern: "it has characters or a form that is not allowed",
  };
  return new Failure(reason, {
    message: `Invalid value for ${what}: ${sentences[error.keyword] ?? error.message ?? "it is not valid"}.`,
    ...(at && { location: at }),
  });
};
