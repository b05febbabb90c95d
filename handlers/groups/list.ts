import { listGroups } from "#lib/domain/groups/list.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { MaxResults, PageToken, pageSize } from "#lib/wire/common.ts";
import { fromGroup, GroupsReply } from "#lib/wire/group.ts";

export const handler = endpoint({
  id: "groups.list",
  route: "GET /v1/groups",
  summary: "List groups.",
  description: "Lists all groups in the order of their addresses. For administrators.",
  access: "admin",
  scope: "admin",
  path: {},
  query: { maxResults: MaxResults, pageToken: PageToken },
  reply: GroupsReply,
  errors: [],

  async run(ctx, { query }) {
    const { items, ...next } = await listGroups(ctx, {
      maxResults: pageSize(query.maxResults, 100, 1_000),
      pageToken: query.pageToken || undefined,
    });
    return { kind: "calendar#groups" as const, ...next, items: items.map(fromGroup) };
  },
});
