/**
 * What must not compile: `npm run check` reads this file, and an expected error that does not come is an error itself. Nothing
 * here is ever run.
 */
import { endpoint } from "#lib/entry/endpoint.ts";
import { Failure } from "#lib/errors.ts";
import { flag, integer, object, optional, text } from "#lib/schema.ts";

const common = { id: "demo.ping", summary: "A demo.", description: "A demo.", access: "user", scope: "any" } as const;
const reply = object({ message: text() });

export const right = endpoint({
  ...common,
  route: "GET /v1/demo/{demoId}",
  path: { demoId: text() },
  query: { times: optional(integer()), loud: optional(flag()) },
  body: object({ name: text() }),
  reply,
  errors: ["notFound"],
  async run(_ctx, { path, query, body }) {
    const times: number | undefined = query.times;
    const loud: boolean | undefined = query.loud;
    return { message: `${path.demoId} ${body.name} ${times} ${loud}` };
  },
});

export const placeholderWithoutSchema = endpoint({
  ...common,
  route: "GET /v1/demo/{demoId}",
  // @ts-expect-error `demoId` of the route has no schema.
  path: {},
  reply,
  errors: [],
  run: async () => ({ message: "x" }),
});

export const unknownReason = endpoint({
  ...common,
  route: "GET /v1/demo",
  path: {},
  reply,
  // @ts-expect-error There is no such way to fail.
  errors: ["notFond"],
  run: async () => ({ message: "x" }),
});

// @ts-expect-error Nor can it be thrown.
export const failure = new Failure("notFond");

export const wrongReply = endpoint({
  ...common,
  route: "GET /v1/demo",
  path: {},
  reply,
  errors: [],
  // @ts-expect-error The reply has another shape.
  run: async () => ({ massage: "x" }),
});

export const unknownQuery = endpoint({
  ...common,
  route: "GET /v1/demo",
  path: {},
  query: { times: optional(integer()) },
  reply,
  errors: [],
  // @ts-expect-error `time` is no parameter of the query.
  run: async (_ctx, { query }) => ({ message: `${query.time}` }),
});

export const unknownPath = endpoint({
  ...common,
  route: "GET /v1/demo/{demoId}",
  path: { demoId: text() },
  reply,
  errors: [],
  // @ts-expect-error `id` is no placeholder of the route.
  run: async (_ctx, { path }) => ({ message: path.id }),
});

export const unknownMethod = endpoint({
  ...common,
  // @ts-expect-error There is no such method.
  route: "FETCH /v1/demo",
  path: {},
  reply,
  errors: [],
  run: async () => ({ message: "x" }),
});
