import { listKeys } from "#lib/domain/keys/list.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { UserId } from "#lib/wire/common.ts";
import { fromKey, KeysReply } from "#lib/wire/key.ts";

export const handler = endpoint({
  id: "keys.list",
  route: "GET /v1/users/{userId}/keys",
  summary: "List a user's API keys.",
  description:
    "Lists a user's keys in the order they were made, revoked and expired ones too: what they are for and limited to, never the keys themselves. A limited key sees those that can do no more than itself.",
  access: "user",
  scope: "admin",
  path: { userId: UserId },
  reply: KeysReply,
  errors: ["notFound"],

  async run(ctx, { path }) {
    const rows = await listKeys(ctx, path.userId);
    return { kind: "calendar#apiKeys" as const, items: rows.map(fromKey) };
  },
});
