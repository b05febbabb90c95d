import { getUser } from "#lib/domain/users/get.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { UserId } from "#lib/wire/common.ts";
import { fromUser, UserReply } from "#lib/wire/user.ts";

export const handler = endpoint({
  id: "users.get",
  route: "GET /v1/users/{userId}",
  summary: "Read a user.",
  description: "Reads the caller (`me`), or any user for an administrator.",
  access: "user",
  scope: "calendars.read",
  path: { userId: UserId },
  reply: UserReply,
  errors: ["notFound"],

  async run(ctx, { path }) {
    return fromUser(await getUser(ctx, path.userId));
  },
});
