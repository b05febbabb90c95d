import { built } from "#lib/built.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { nullable, object, oneOf, text } from "#lib/schema.ts";

export const handler = endpoint({
  id: "version.get",
  route: "GET /v1/version",
  summary: "Which version answers?",
  description:
    "The release, the commit and the time of the build of the process that answers; while a release rolls out, both the old and the new one do.",
  access: "public",
  scope: "none",
  path: {},
  reply: object({
    kind: oneOf("calendar#version"),
    version: text({ description: "`0.2.0`; `0.2.0+unreleased` with changes since that release." }),
    commit: nullable(text({ description: "The full hash; null where the build was not told." })),
    builtAt: nullable(text({ description: "RFC 3339; null where the build was not told." })),
  }),
  errors: [],

  async run() {
    return { kind: "calendar#version" as const, ...built };
  },
});
