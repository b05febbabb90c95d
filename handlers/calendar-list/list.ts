import { listEntries } from "#lib/domain/calendar-list/list.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { EntriesReply, fromEntries } from "#lib/wire/calendar-list.ts";
import { pageSize } from "#lib/wire/common.ts";
import { calendarListQuery } from "#lib/wire/list-queries.ts";

export const handler = endpoint({
  id: "calendarList.list",
  route: "GET /calendar/v3/users/me/calendarList",
  summary: "List the caller's calendars.",
  description: "Lists the calendars in the caller's list, or with a sync token which entries of it have changed since.",
  access: "user",
  scope: "calendars.read",
  path: {},
  query: calendarListQuery,
  reply: EntriesReply,
  errors: ["invalidSyncToken", "fullSyncRequired"],

  async run(ctx, { query }) {
    return fromEntries(
      await listEntries(ctx, {
        maxResults: pageSize(query.maxResults, 100, 250),
        pageToken: query.pageToken || undefined,
        syncToken: query.syncToken || undefined,
        minAccessRole: query.minAccessRole,
        showDeleted: query.showDeleted,
        showHidden: query.showHidden,
        showOwnOrganizationOnly: query.showOwnOrganizationOnly,
      }),
    );
  },
});
