import type { Context } from "#lib/context.ts";
import { openToken, sealToken } from "#lib/domain/token.ts";
import { Failure } from "#lib/errors.ts";
import * as users from "#lib/sql/users.ts";

/** Lists all users in the order of their addresses, for an administrator. Throws `invalid` for a broken page token. */
export const listUsers = async (
  ctx: Context,
  { maxResults, pageToken }: { readonly maxResults: number; readonly pageToken: string | undefined },
): Promise<{ readonly items: readonly users.UserRow[]; readonly nextPageToken?: string }> => {
  const { secret } = ctx.settings;
  const token =
    pageToken === undefined ? undefined : (openToken(secret, pageToken) as { kind?: string; after: string } | undefined);
  if (pageToken !== undefined && token?.kind !== "users") {
    throw new Failure("invalid", { location: "pageToken", message: "Invalid page token value." });
  }
  const found = await users.list(ctx.db, token?.after ?? "", maxResults + 1);
  const items = found.slice(0, maxResults);
  const last = items.at(-1);
  if (found.length <= maxResults || !last) return { items };
  return { items, nextPageToken: sealToken(secret, { kind: "users", after: last.email }) };
};
