import { watch } from "#lib/domain/channels/watch.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { ChannelBody, ChannelReply, fromChannel, toChannel } from "#lib/wire/channel.ts";
import { calendarListQuery } from "#lib/wire/list-queries.ts";

export const handler = endpoint({
  id: "calendarList.watch",
  route: "POST /calendar/v3/users/me/calendarList/watch",
  summary: "Watch the caller's list of calendars.",
  description: "Opens a channel that tells a web address whenever the caller's list of calendars changes.",
  access: "user",
  scope: "calendars.read",
  path: {},
  query: calendarListQuery,
  body: ChannelBody,
  reply: ChannelReply,
  errors: ["notFound", "webhookUrlNotHttps", "webhookUrlUnauthorized", "channelIdNotUnique", "quotaExceeded"],

  async run(ctx, { body }) {
    return fromChannel(await watch(ctx, { kind: "calendarList" }, toChannel(body, ctx.now())));
  },
});
