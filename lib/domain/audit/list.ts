import type { Context } from "#lib/context.ts";
import { openToken, sealToken } from "#lib/domain/token.ts";
import { Failure } from "#lib/errors.ts";
import type { AuditCursor, AuditEntry, AuditFilter } from "#lib/model/audit.ts";
import * as audit from "#lib/sql/audit.ts";

interface PageToken {
  readonly kind: "audit";
  readonly of: string;
  readonly after: AuditCursor;
}

/**
 * Lists entries of the audit log, latest first, for an administrator. Throws `invalid` for a page token that is broken or of a list
 * with other filters.
 */
export const listAudit = async (
  ctx: Context,
  filter: AuditFilter,
  { maxResults, pageToken }: { readonly maxResults: number; readonly pageToken: string | undefined },
): Promise<{ readonly items: readonly AuditEntry[]; readonly nextPageToken?: string }> => {
  const { secret } = ctx.settings;
  const of = JSON.stringify(Object.entries(filter).sort());
  const token = pageToken === undefined ? undefined : (openToken(secret, pageToken) as PageToken | undefined);
  if (pageToken !== undefined && (token?.kind !== "audit" || token.of !== of)) {
    throw new Failure("invalid", { location: "pageToken", message: "Invalid page token value." });
  }
  const found = await audit.list(ctx.db, filter, token?.after, maxResults + 1);
  const items = found.slice(0, maxResults);
  const last = items.at(-1);
  if (found.length <= maxResults || !last) return { items };
  const { at, chain, number } = last;
  const next: PageToken = { kind: "audit", of, after: { at, chain, number } };
  return { items, nextPageToken: sealToken(secret, next) };
};
