import { answerBatch, boundary } from "#lib/entry/batch.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { maxParts } from "#lib/entry/multipart.ts";
import { list, optional, text } from "#lib/schema.ts";

export const handler = endpoint({
  id: "batch.run",
  route: "POST /batch/calendar/v3",
  summary: "Make many calls at once.",
  description:
    "Takes up to 1,000 calls of /calendar/v3 as the parts of a multipart body, and answers each in a part of its own, under the Content-ID of the call with `response-` before it. The calls are made one after the other in their order, not as one transaction: a call that fails changes nothing about the others. A call shows a credential of its own or has the batch's. Calls that 30 seconds or 32 MB of answers leave no room for are not made, and are told so with 503.",
  access: "public",
  scope: "none",
  containerOnly: true,
  path: {},
  query: { key: optional(text({ maxLength: 512, description: "The credential of calls that show none." })) },
  consumes: "multipart/mixed",
  body: list(text({ description: "A call: an application/http part." }), { minItems: 1, maxItems: maxParts }),
  produces: `multipart/mixed; boundary=${boundary}`,
  reply: text({ description: "The answers: application/http parts." }),
  errors: ["notImplemented"],

  async run(_ctx, { headers, query, body }) {
    return answerBatch(body, { headers, key: query.key });
  },
});
