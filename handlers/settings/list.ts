import { listSettings } from "#lib/domain/settings/list.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { pageSize } from "#lib/wire/common.ts";
import { settingsQuery } from "#lib/wire/list-queries.ts";
import { fromSettings, SettingsReply } from "#lib/wire/setting.ts";

export const handler = endpoint({
  id: "settings.list",
  route: "GET /calendar/v3/users/me/settings",
  summary: "List the caller's settings.",
  description: "Lists all settings of the caller, or with a sync token those that have changed since.",
  access: "user",
  scope: "calendars.read",
  path: {},
  query: settingsQuery,
  reply: SettingsReply,
  errors: ["notFound", "invalidSyncToken", "fullSyncRequired"],

  async run(ctx, { query }) {
    return fromSettings(
      await listSettings(ctx, {
        maxResults: pageSize(query.maxResults, 100, 250),
        pageToken: query.pageToken || undefined,
        syncToken: query.syncToken || undefined,
      }),
    );
  },
});
