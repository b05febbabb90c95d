import { watch } from "#lib/domain/channels/watch.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { ChannelBody, ChannelReply, fromChannel, toChannel } from "#lib/wire/channel.ts";
import { CalendarId } from "#lib/wire/common.ts";
import { eventsQuery } from "#lib/wire/list-queries.ts";

export const handler = endpoint({
  id: "events.watch",
  route: "POST /calendar/v3/calendars/{calendarId}/events/watch",
  summary: "Watch events.",
  description:
    "Opens a channel that tells a web address whenever an event of the calendar changes. The parameters are those of `events.list`; the channel tells of all changes.",
  access: "user",
  scope: "events.read",
  path: { calendarId: CalendarId },
  query: eventsQuery,
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
