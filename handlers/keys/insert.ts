import { insertKey } from "#lib/domain/keys/insert.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { UserId } from "#lib/wire/common.ts";
import { fromKey, KeyBody, NewKeyReply, toLimits } from "#lib/wire/key.ts";

export const handler = endpoint({
  id: "keys.insert",
  route: "POST /v1/users/{userId}/keys",
  summary: "Create an API key.",
  description:
    "Gives a user another API key. The answer is the only place where the key itself is ever shown. A limit that is not named is that of the key which asks: no key can give more than it has itself.",
  access: "user",
  scope: "admin",
  path: { userId: UserId },
  body: KeyBody,
  reply: NewKeyReply,
  status: 201,
  errors: ["notFound", "duplicate"],

  async run(ctx, { path, body }) {
    const { key, row } = await insertKey(ctx, { ...path, name: body.name, ...toLimits(body) });
    return { ...fromKey(row), key };
  },
});
