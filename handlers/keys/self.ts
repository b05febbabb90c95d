import { getOwnKey } from "#lib/domain/keys/self.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { fromKey, KeyReply } from "#lib/wire/key.ts";

export const handler = endpoint({
  id: "keys.self",
  route: "GET /v1/keys/self",
  summary: "Tell what this API key is.",
  description: "Tells whose key the call was made with, and what the key is limited to. Every key may ask.",
  access: "user",
  scope: "any",
  path: {},
  reply: KeyReply,
  errors: ["notFound"],

  async run(ctx) {
    return fromKey(await getOwnKey(ctx));
  },
});
