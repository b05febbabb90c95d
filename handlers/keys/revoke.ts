import { revokeKey } from "#lib/domain/keys/revoke.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { KeyId, UserId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "keys.revoke",
  route: "DELETE /v1/users/{userId}/keys/{keyId}",
  summary: "Revoke an API key.",
  description: "Ends a key's validity for good.",
  access: "user",
  scope: "admin",
  path: { userId: UserId, keyId: KeyId },
  errors: ["notFound"],

  async run(ctx, { path }) {
    await revokeKey(ctx, path);
  },
});
