import { catalogue } from "#lib/entry/catalogue.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { DiscoveryReply, discoveryDocument } from "#lib/wire/discovery.ts";

export const handler = endpoint({
  id: "discovery.getRest",
  route: "GET /discovery/v1/apis/calendar/v3/rest",
  summary: "Get the Discovery document.",
  description:
    "Returns the description that Google's clients for Python and other languages build themselves from, with this server's own URL: pass its address as `discoveryServiceUrl`.",
  access: "public",
  scope: "none",
  path: {},
  reply: DiscoveryReply,
  errors: [],

  async run(ctx) {
    return discoveryDocument(catalogue, ctx.settings.publicUrl);
  },
});
