import { watch } from "#lib/domain/channels/watch.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { flag, integer, oneOf, optional, text } from "#lib/schema.ts";
import { ChannelBody, ChannelReply, fromChannel, toChannel } from "#lib/wire/channel.ts";
import { CalendarId, Instant, MaxResults, PageToken, TimeZoneName, Words } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "events.watch",
  route: "POST /calendar/v3/calendars/{calendarId}/events/watch",
  summary: "Watch events.",
  description:
    "Opens a channel that tells a web address whenever an event of the calendar changes. The parameters are those of `events.list`; the channel tells of all changes.",
  access: "user",
  scope: "events.read",
  path: { calendarId: CalendarId },
  query: {
    timeMin: Instant,
    timeMax: Instant,
    updatedMin: Instant,
    singleEvents: optional(flag()),
    showDeleted: optional(flag()),
    orderBy: optional(oneOf("startTime", "updated")),
    maxResults: MaxResults,
    pageToken: PageToken,
    syncToken: optional(text({ maxLength: 2_048 })),
    q: optional(text({ maxLength: 1_000 })),
    iCalUID: optional(text({ maxLength: 1_024 })),
    privateExtendedProperty: Words("name=value; several must all hold."),
    sharedExtendedProperty: Words("name=value; several must all hold."),
    eventTypes: Words("Only events of these types."),
    timeZone: optional(TimeZoneName),
    maxAttendees: optional(integer({ minimum: 1 })),
    alwaysIncludeEmail: optional(flag()),
    showHiddenInvitations: optional(flag()),
  },
  body: ChannelBody,
  reply: ChannelReply,
  errors: [
    "notFound",
    "requiredAccessLevel",
    "webhookUrlNotHttps",
    "webhookUrlUnauthorized",
    "channelIdNotUnique",
    "quotaExceeded",
  ],

  async run(ctx, { path, body }) {
    return fromChannel(await watch(ctx, { kind: "events", ...path }, toChannel(body, ctx.now())));
  },
});
