import { listCalendarList } from "#lib/domain/calendar-list/list.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { flag, oneOf, optional, text } from "#lib/schema.ts";
import { CalendarListReply, fromListEntry } from "#lib/wire/calendar.ts";
import { MaxResults, PageToken, pageSize } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "calendarList.list",
  route: "GET /calendar/v3/users/me/calendarList",
  summary: "List the caller's calendars.",
  description: "Lists the calendars in the caller's list, their primary one among them.",
  access: "user",
  path: {},
  query: {
    maxResults: MaxResults,
    pageToken: PageToken,
    syncToken: optional(text({ maxLength: 2_048 })),
    minAccessRole: optional(oneOf("freeBusyReader", "reader", "writer", "owner")),
    showDeleted: optional(flag()),
    showHidden: optional(flag()),
    showOwnOrganizationOnly: optional(flag()),
  },
  reply: CalendarListReply,
  errors: ["invalidSyncToken", "fullSyncRequired"],

  async run(ctx, { query }) {
    const { minAccessRole, showOwnOrganizationOnly } = query;
    const { version, items, nextPageToken, nextSyncToken } = await listCalendarList(ctx, {
      maxResults: pageSize(query.maxResults, 100, 250),
      pageToken: query.pageToken || undefined,
      syncToken: query.syncToken || undefined,
      filters: { minAccessRole, showOwnOrganizationOnly },
    });
    return {
      kind: "calendar#calendarList" as const,
      etag: `"${version}"`,
      ...(nextPageToken !== undefined && { nextPageToken }),
      ...(nextSyncToken !== undefined && { nextSyncToken }),
      items: items.map(fromListEntry),
    };
  },
});
