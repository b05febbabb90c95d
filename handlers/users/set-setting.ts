import { setSetting } from "#lib/domain/users/set-setting.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { SettingId, UserId } from "#lib/wire/common.ts";
import { fromSetting, SettingBody, SettingReply } from "#lib/wire/setting.ts";

export const handler = endpoint({
  id: "users.setSetting",
  route: "PUT /v1/users/{userId}/settings/{setting}",
  summary: "Change a setting.",
  description: "Sets one of the caller's settings (`me`), or anybody's for an administrator.",
  access: "user",
  scope: "calendars.write",
  path: { userId: UserId, setting: SettingId },
  body: SettingBody,
  reply: SettingReply,
  errors: ["notFound"],

  async run(ctx, { path, body }) {
    return fromSetting(await setSetting(ctx, { ...path, ...body }));
  },
});
