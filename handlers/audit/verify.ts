import { verifyAudit } from "#lib/domain/audit/verify.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { fromProblem, VerifyReply } from "#lib/wire/audit.ts";
import { PageToken } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "audit.verify",
  route: "GET /v1/audit/verify",
  summary: "Check the audit log.",
  description:
    "Reads the audit log and names every entry that is not as it was written: altered, removed or inserted, also by somebody with all rights on the database. Reads for ten seconds at most; a long log takes several calls. For administrators.",
  access: "admin",
  scope: "admin",
  path: {},
  query: { pageToken: PageToken },
  reply: VerifyReply,
  errors: [],

  async run(ctx, { query }) {
    const { entries, erased, problems, nextPageToken } = await verifyAudit(ctx, query.pageToken);
    return {
      kind: "calendar#auditVerification" as const,
      intact: problems.length === 0,
      complete: nextPageToken === undefined,
      ...{ entries, erased },
      problems: problems.map(fromProblem),
      ...(nextPageToken !== undefined && { nextPageToken }),
    };
  },
});
