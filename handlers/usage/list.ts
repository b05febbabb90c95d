import { listUsage } from "#lib/domain/usage/list.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { MaxResults, PageToken, pageSize } from "#lib/wire/common.ts";
import { fromUsage, toUsageFilter, UsageReply, usageParameters } from "#lib/wire/usage.ts";

export const handler = endpoint({
  id: "usage.list",
  route: "GET /v1/usage",
  summary: "List how much API keys are used.",
  description:
    "Lists requests, writes, errors and bytes for each key and day, latest day first: of all keys to administrators, of their own keys to others; a limited key sees those that can do no more than itself. Days without requests are left out. The numbers are those of ten seconds ago or later.",
  access: "user",
  scope: "any",
  path: {},
  query: { ...usageParameters, maxResults: MaxResults, pageToken: PageToken },
  reply: UsageReply,
  errors: ["notFound", "timeRangeEmpty"],

  async run(ctx, { query }) {
    const { items, nextPageToken } = await listUsage(ctx, toUsageFilter(query), {
      maxResults: pageSize(query.maxResults, 100, 1_000),
      pageToken: query.pageToken,
    });
    return {
      kind: "calendar#usage" as const,
      ...(nextPageToken !== undefined && { nextPageToken }),
      items: items.map(fromUsage),
    };
  },
});
