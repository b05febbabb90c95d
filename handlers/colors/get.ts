import { endpoint } from "#lib/entry/endpoint.ts";
import { ColorsReply, fromColors } from "#lib/wire/colors.ts";

export const handler = endpoint({
  id: "colors.get",
  route: "GET /calendar/v3/colors",
  summary: "Get the colours.",
  description: "Returns the colours that the colour ids of calendars and events stand for.",
  access: "user",
  scope: "any",
  path: {},
  reply: ColorsReply,
  errors: [],

  async run() {
    return fromColors();
  },
});
