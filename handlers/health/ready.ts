import { checkReady } from "#lib/domain/health/ready.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { object, oneOf } from "#lib/schema.ts";

export const handler = endpoint({
  id: "health.ready",
  route: "GET /health/ready",
  summary: "Can the process take requests?",
  description: "Answers 200 when the database answers and the process is not shutting down, 503 otherwise.",
  access: "public",
  scope: "none",
  path: {},
  reply: object({ status: oneOf("ready") }),
  errors: ["overloaded"],

  async run(ctx) {
    await checkReady(ctx);
    return { status: "ready" as const };
  },
});
