import { listAudit } from "#lib/domain/audit/list.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { AuditReply, auditParameters, fromAuditEntry, toAuditFilter } from "#lib/wire/audit.ts";
import { MaxResults, PageToken, pageSize } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "audit.list",
  route: "GET /v1/audit",
  summary: "List the audit log.",
  description:
    "Lists who changed what, when and from where, latest first; of changes of rights also what there was before and after. Each change has one entry, written together with it. For administrators.",
  access: "admin",
  scope: "admin",
  path: {},
  query: { ...auditParameters, maxResults: MaxResults, pageToken: PageToken },
  reply: AuditReply,
  errors: [],

  async run(ctx, { query }) {
    const { items, nextPageToken } = await listAudit(ctx, toAuditFilter(query), {
      maxResults: pageSize(query.maxResults, 100, 1_000),
      pageToken: query.pageToken,
    });
    return {
      kind: "calendar#audit" as const,
      ...(nextPageToken !== undefined && { nextPageToken }),
      items: items.map(fromAuditEntry),
    };
  },
});
