import { insertMember } from "#lib/domain/group-members/insert.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { GroupId, MemberAddress } from "#lib/wire/common.ts";
import { checkMember, fromMember, MemberReply } from "#lib/wire/group.ts";

export const handler = endpoint({
  id: "groupMembers.insert",
  route: "PUT /v1/groups/{groupId}/members/{email}",
  summary: "Add a member to a group.",
  description: "Makes an address a member of a group, if it is none yet; it need not be a user's. For administrators.",
  access: "admin",
  scope: "admin",
  path: { groupId: GroupId, email: MemberAddress },
  reply: MemberReply,
  errors: ["notFound"],

  async run(ctx, { path }) {
    checkMember(path.email);
    return fromMember(await insertMember(ctx, path));
  },
});
