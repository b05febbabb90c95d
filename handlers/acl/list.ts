import { listRules } from "#lib/domain/acl/list.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { AclReply, fromRules } from "#lib/wire/acl.ts";
import { CalendarId, pageSize } from "#lib/wire/common.ts";
import { rulesQuery } from "#lib/wire/list-queries.ts";

export const handler = endpoint({
  id: "acl.list",
  route: "GET /calendar/v3/calendars/{calendarId}/acl",
  summary: "List access control rules.",
  description: "Lists who may do what with a calendar, or with a sync token what has changed since. For its writers.",
  access: "user",
  scope: "calendars.read",
  path: { calendarId: CalendarId },
  query: rulesQuery,
  reply: AclReply,
  errors: ["notFound", "requiredAccessLevel", "invalidSyncToken", "fullSyncRequired"],

  async run(ctx, { path, query }) {
    return fromRules(
      await listRules(ctx, {
        ...path,
        showDeleted: query.showDeleted,
        maxResults: pageSize(query.maxResults, 100, 250),
        pageToken: query.pageToken || undefined,
        syncToken: query.syncToken || undefined,
      }),
    );
  },
});
