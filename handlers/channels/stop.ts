import { stopChannel } from "#lib/domain/channels/stop.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { StopBody } from "#lib/wire/channel.ts";

export const handler = endpoint({
  id: "channels.stop",
  route: "POST /calendar/v3/channels/stop",
  summary: "Stop a channel.",
  description: "Ends a channel of the caller's. Once this has been answered, no message is sent on it any more.",
  access: "user",
  scope: "any",
  path: {},
  body: StopBody,
  errors: ["notFound"],

  async run(ctx, { body }) {
    await stopChannel(ctx, body);
  },
});
