import { listUsers } from "#lib/domain/users/list.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { MaxResults, PageToken, pageSize } from "#lib/wire/common.ts";
import { fromUser, UsersReply } from "#lib/wire/user.ts";

export const handler = endpoint({
  id: "users.list",
  route: "GET /v1/users",
  summary: "List users.",
  description: "Lists all users in the order of their addresses. For administrators.",
  access: "admin",
  scope: "admin",
  path: {},
  query: { maxResults: MaxResults, pageToken: PageToken },
  reply: UsersReply,
  errors: [],

  async run(ctx, { query }) {
    const { items, nextPageToken } = await listUsers(ctx, {
      maxResults: pageSize(query.maxResults, 100, 1_000),
      pageToken: query.pageToken,
    });
    return {
      kind: "calendar#users" as const,
      ...(nextPageToken !== undefined && { nextPageToken }),
      items: items.map(fromUser),
    };
  },
});
