import { watch } from "#lib/domain/channels/watch.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { ChannelBody, ChannelReply, fromChannel, toChannel } from "#lib/wire/channel.ts";
import { CalendarId } from "#lib/wire/common.ts";
import { rulesQuery } from "#lib/wire/list-queries.ts";

export const handler = endpoint({
  id: "acl.watch",
  route: "POST /calendar/v3/calendars/{calendarId}/acl/watch",
  summary: "Watch access control rules.",
  description: "Opens a channel that tells a web address whenever a rule of the calendar changes; for who may read them.",
  access: "user",
  scope: "calendars.read",
  path: { calendarId: CalendarId },
  query: rulesQuery,
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
    return fromChannel(await watch(ctx, { kind: "acl", ...path }, toChannel(body, ctx.now())));
  },
});
