import { listCalendarList } from "#lib/domain/calendar-list/list.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { flag, oneOf, optional } from "#lib/schema.ts";
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
    minAccessRole: optional(oneOf("freeBusyReader", "reader", "writer", "owner")),
    showDeleted: optional(flag()),
    showHidden: optional(flag()),
  },
  reply: CalendarListReply,
  errors: [],

  async run(ctx, { query }) {
    const maxResults = pageSize(query.maxResults, 100, 250);
    const { items, nextPageToken } = await listCalendarList(ctx, { maxResults, pageToken: query.pageToken || undefined });
    const newest = items.reduce((most, { ownChange }) => most + ownChange, items.length);
    return {
      kind: "calendar#calendarList" as const,
      etag: `"${newest}"`,
      ...(nextPageToken !== undefined && { nextPageToken }),
      items: items.map(fromListEntry),
    };
  },
});
