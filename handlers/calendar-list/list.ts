import { listEntries } from "#lib/domain/calendar-list/list.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { flag, optional } from "#lib/schema.ts";
import { EntriesReply, fromEntries } from "#lib/wire/calendar-list.ts";
import { AccessRole, MaxResults, PageToken, pageSize, SyncToken } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "calendarList.list",
  route: "GET /calendar/v3/users/me/calendarList",
  summary: "List the caller's calendars.",
  description: "Lists the calendars in the caller's list, or with a sync token which entries of it have changed since.",
  access: "user",
  scope: "calendars.read",
  path: {},
  query: {
    maxResults: MaxResults,
    pageToken: PageToken,
    syncToken: SyncToken,
    minAccessRole: optional(AccessRole),
    showDeleted: optional(flag()),
    showHidden: optional(flag()),
    showOwnOrganizationOnly: optional(flag({ description: "Only calendars of owners in the caller's own domain." })),
  },
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
