import { watch } from "#lib/domain/channels/watch.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { ChannelBody, ChannelReply, fromChannel, toChannel } from "#lib/wire/channel.ts";
import { settingsQuery } from "#lib/wire/list-queries.ts";

export const handler = endpoint({
  id: "settings.watch",
  route: "POST /calendar/v3/users/me/settings/watch",
  summary: "Watch the caller's settings.",
  description: "Opens a channel that tells a web address whenever a setting of the caller's changes.",
  access: "user",
  scope: "calendars.read",
  path: {},
  query: settingsQuery,
  body: ChannelBody,
  reply: ChannelReply,
  errors: ["notFound", "webhookUrlNotHttps", "webhookUrlUnauthorized", "channelIdNotUnique", "quotaExceeded"],

  async run(ctx, { body }) {
    return fromChannel(await watch(ctx, { kind: "settings" }, toChannel(body, ctx.now())));
  },
});
