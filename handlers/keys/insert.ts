import { insertKey } from "#lib/domain/keys/insert.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { UserId } from "#lib/wire/common.ts";
import { fromKey, KeyBody, NewKeyReply } from "#lib/wire/key.ts";

export const handler = endpoint({
  id: "keys.insert",
  route: "POST /v1/users/{userId}/keys",
  summary: "Create an API key.",
  description: "Gives a user another API key. The answer is the only place where the key itself is ever shown.",
  access: "user",
  path: { userId: UserId },
  body: KeyBody,
  reply: NewKeyReply,
  status: 201,
  errors: ["notFound", "duplicate"],

  async run(ctx, { path, body }) {
    const { key, row } = await insertKey(ctx, { ...path, ...body });
    return { ...fromKey(row), key };
  },
});
