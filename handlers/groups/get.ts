import { getGroup } from "#lib/domain/groups/get.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { GroupId } from "#lib/wire/common.ts";
import { fromGroup, GroupReply } from "#lib/wire/group.ts";

export const handler = endpoint({
  id: "groups.get",
  route: "GET /v1/groups/{groupId}",
  summary: "Read a group.",
  description: "Reads a group without its members. For administrators.",
  access: "admin",
  scope: "admin",
  path: { groupId: GroupId },
  reply: GroupReply,
  errors: ["notFound"],

  async run(ctx, { path }) {
    return fromGroup(await getGroup(ctx, path.groupId));
  },
});
