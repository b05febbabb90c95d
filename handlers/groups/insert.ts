import { insertGroup } from "#lib/domain/groups/insert.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { fromGroup, GroupBody, GroupReply } from "#lib/wire/group.ts";

export const handler = endpoint({
  id: "groups.insert",
  route: "POST /v1/groups",
  summary: "Create a group.",
  description: "Makes a group that calendars can be shared with; its id is its address. For administrators.",
  access: "admin",
  scope: "admin",
  path: {},
  body: GroupBody,
  reply: GroupReply,
  status: 201,
  errors: ["duplicate"],

  async run(ctx, { body }) {
    return fromGroup(await insertGroup(ctx, body));
  },
});
