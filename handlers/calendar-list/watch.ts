import { watch } from "#lib/domain/channels/watch.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { flag, oneOf, optional, text } from "#lib/schema.ts";
import { ChannelBody, ChannelReply, fromChannel, toChannel } from "#lib/wire/channel.ts";
import { MaxResults, PageToken } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "calendarList.watch",
  route: "POST /calendar/v3/users/me/calendarList/watch",
  summary: "Watch the caller's list of calendars.",
  description: "Opens a channel that tells a web address whenever the caller's list of calendars changes.",
  access: "user",
  scope: "calendars.read",
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
  body: ChannelBody,
  reply: ChannelReply,
  errors: ["notFound", "webhookUrlNotHttps", "webhookUrlUnauthorized", "channelIdNotUnique", "quotaExceeded"],

  async run(ctx, { body }) {
    return fromChannel(await watch(ctx, { kind: "calendarList" }, toChannel(body, ctx.now())));
  },
});
