import { exportUser } from "#lib/domain/users/export.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { file } from "#lib/schema.ts";
import { fromRule } from "#lib/wire/acl.ts";
import { fromAuditEntry } from "#lib/wire/audit.ts";
import { fromCalendar } from "#lib/wire/calendar.ts";
import { fromEntry } from "#lib/wire/calendar-list.ts";
import { fromChannel } from "#lib/wire/channel.ts";
import { UserId } from "#lib/wire/common.ts";
import { fromEvent } from "#lib/wire/event.ts";
import { fromKey } from "#lib/wire/key.ts";
import { fromSetting } from "#lib/wire/setting.ts";
import { fromUsage } from "#lib/wire/usage.ts";
import { fromUser } from "#lib/wire/user.ts";

export const handler = endpoint({
  id: "users.export",
  route: "GET /v1/users/{userId}/export",
  summary: "Export all that is held about a user.",
  description:
    "Gives the caller (`me`), or for an administrator anybody, a zip archive of everything that the system holds about them: JSON as the API gives it, an iCalendar file for each of their calendars, and a text that says what each file is.",
  access: "user",
  scope: "admin",
  containerOnly: true,
  timeLimitMs: 300_000,
  path: { userId: UserId },
  produces: "application/zip",
  reply: file(),
  errors: ["notFound", "notImplemented"],

  async run(ctx, { path }) {
    const { publicUrl } = ctx.settings;
    return exportUser(ctx, path.userId, {
      user: fromUser,
      setting: fromSetting,
      key: fromKey,
      calendar: fromCalendar,
      rule: fromRule,
      entry: fromEntry,
      event: (event, calendar) => fromEvent(event, { calendar, publicUrl }),
      channel: (channel) => ({ ...fromChannel(channel), address: channel.address }),
      audit: fromAuditEntry,
      usage: fromUsage,
    });
  },
});
