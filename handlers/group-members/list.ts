import { listMembers } from "#lib/domain/group-members/list.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { GroupId, MaxResults, PageToken, pageSize } from "#lib/wire/common.ts";
import { fromMember, MembersReply } from "#lib/wire/group.ts";

export const handler = endpoint({
  id: "groupMembers.list",
  route: "GET /v1/groups/{groupId}/members",
  summary: "List a group's members.",
  description: "Lists the addresses that are members of a group, in their order. For administrators.",
  access: "admin",
  scope: "admin",
  path: { groupId: GroupId },
  query: { maxResults: MaxResults, pageToken: PageToken },
  reply: MembersReply,
  errors: ["notFound"],

  async run(ctx, { path, query }) {
    const { items, ...next } = await listMembers(ctx, {
      ...path,
      maxResults: pageSize(query.maxResults, 100, 1_000),
      pageToken: query.pageToken || undefined,
    });
    return { kind: "calendar#groupMembers" as const, ...next, items: items.map(fromMember) };
  },
});
