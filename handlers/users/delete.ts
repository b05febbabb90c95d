import { eraseUser } from "#lib/domain/users/erase.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { UserId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "users.delete",
  route: "DELETE /v1/users/{userId}",
  summary: "Erase a user.",
  description:
    "Erases the caller (`me`), or any user for an administrator, for good: their keys stop, their calendars are deleted with all that is in them, save those that have another owner, who gets them. Events of others stay, with a pseudonym where the person was. The audit log keeps that something was done, not what it told of them. What others have written in their own words, as in a description, cannot be found. The last administrator cannot be erased.",
  access: "user",
  scope: "admin",
  path: { userId: UserId },
  inSteps: true,
  timeLimitMs: 300_000,
  errors: ["notFound", "cannotDeleteLastAdministrator"],

  async run(ctx, { path }) {
    await eraseUser(ctx, path.userId);
  },
});
