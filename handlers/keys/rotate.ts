import { rotateKey } from "#lib/domain/keys/rotate.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { KeyId, UserId } from "#lib/wire/common.ts";
import { fromKey, RotationBody, RotationReply, toOverlapMs, toTime } from "#lib/wire/key.ts";

export const handler = endpoint({
  id: "keys.rotate",
  route: "POST /v1/users/{userId}/keys/{keyId}/rotate",
  summary: "Replace an API key.",
  description:
    "Makes a key that can do what the old one can. The old one is valid beside it for a day, or as long as `overlapSeconds` says, and ends then by itself. The answer is the only place where the new key is ever shown.",
  access: "user",
  scope: "admin",
  path: { userId: UserId, keyId: KeyId },
  body: RotationBody,
  reply: RotationReply,
  status: 201,
  errors: ["notFound", "duplicate"],

  async run(ctx, { path, body }) {
    const { key, row, oldExpiresAt } = await rotateKey(ctx, { ...path, overlapMs: toOverlapMs(body) });
    return { ...fromKey(row), key, replaces: path.keyId, replacedExpires: toTime(oldExpiresAt) };
  },
});
