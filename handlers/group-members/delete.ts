import { deleteMember } from "#lib/domain/group-members/delete.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { GroupId, MemberAddress } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "groupMembers.delete",
  route: "DELETE /v1/groups/{groupId}/members/{email}",
  summary: "Take a member out of a group.",
  description: "Ends a membership: the member loses the access that they had by it. For administrators.",
  access: "admin",
  scope: "admin",
  path: { groupId: GroupId, email: MemberAddress },
  errors: ["notFound"],

  async run(ctx, { path }) {
    await deleteMember(ctx, path);
  },
});
