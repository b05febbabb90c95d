import { insertUser } from "#lib/domain/users/insert.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { readZone } from "#lib/wire/time.ts";
import { fromUser, UserBody, UserReply } from "#lib/wire/user.ts";

export const handler = endpoint({
  id: "users.insert",
  route: "POST /v1/users",
  summary: "Create a user.",
  description:
    "Makes a user together with their primary calendar, whose id is the address; with `admin`, an administrator. For administrators.",
  access: "admin",
  scope: "admin",
  path: {},
  body: UserBody,
  reply: UserReply,
  status: 201,
  errors: ["duplicate"],

  async run(ctx, { body }) {
    const { email, displayName, admin: isAdmin } = body;
    const timeZone = body.timeZone === undefined ? undefined : readZone(body.timeZone, "timeZone").name;
    return fromUser(await insertUser(ctx, { email, displayName, timeZone, isAdmin }));
  },
});
