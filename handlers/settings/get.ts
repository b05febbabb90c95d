import { getSetting } from "#lib/domain/settings/get.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { SettingId } from "#lib/wire/common.ts";
import { fromSetting, SettingReply } from "#lib/wire/setting.ts";

export const handler = endpoint({
  id: "settings.get",
  route: "GET /calendar/v3/users/me/settings/{setting}",
  summary: "Read one of the caller's settings.",
  description: "Reads a setting of the caller; one that they never set has its usual value.",
  access: "user",
  scope: "calendars.read",
  path: { setting: SettingId },
  reply: SettingReply,
  errors: ["notFound"],

  async run(ctx, { path }) {
    return fromSetting(await getSetting(ctx, path.setting));
  },
});
