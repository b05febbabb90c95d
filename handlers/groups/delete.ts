import { deleteGroup } from "#lib/domain/groups/delete.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { GroupId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "groups.delete",
  route: "DELETE /v1/groups/{groupId}",
  summary: "Delete a group.",
  description: "Deletes a group: its members lose the access that they had as such. For administrators.",
  access: "admin",
  scope: "admin",
  path: { groupId: GroupId },
  errors: ["notFound"],

  async run(ctx, { path }) {
    await deleteGroup(ctx, path.groupId);
  },
});
