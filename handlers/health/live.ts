import { endpoint } from "#lib/entry/endpoint.ts";
import { object, oneOf } from "#lib/schema.ts";

export const handler = endpoint({
  id: "health.live",
  route: "GET /health/live",
  summary: "Is the process alive?",
  description: "Answers as long as the process does, whatever else is away.",
  access: "public",
  scope: "none",
  path: {},
  reply: object({ status: oneOf("live") }),
  errors: [],

  async run() {
    return { status: "live" as const };
  },
});
