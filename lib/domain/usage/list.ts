import type { Context } from "#lib/context.ts";
import { listKeys } from "#lib/domain/keys/list.ts";
import { openToken, sealToken } from "#lib/domain/token.ts";
import { getUser } from "#lib/domain/users/get.ts";
import { Failure } from "#lib/errors.ts";
import type { UsageFilter } from "#lib/model/usage.ts";
import * as usage from "#lib/sql/usage.ts";

interface PageToken {
  readonly kind: "usage";
  /** What was asked for, and the days that it meant then. */
  readonly of: string;
  readonly from: string;
  readonly to: string;
  readonly after: usage.UsageCursor;
}

const dayMs = 86_400_000;
const usualDays = 30;

const dayOf = (at: number): string => new Date(Math.max(at, Date.parse("0001-01-01"))).toISOString().slice(0, 10);

/**
 * Lists how much keys were used, latest day first: an administrator's list is of all keys, anybody else's of those of their own that
 * they may see. Throws `notFound` for another user, `invalid` for a page token that is broken or of a list with other filters,
 * `timeRangeEmpty`.
 */
export const listUsage = async (
  ctx: Context,
  asked: UsageFilter,
  { maxResults, pageToken }: { readonly maxResults: number; readonly pageToken: string | undefined },
): Promise<{ readonly items: readonly usage.UsageRow[]; readonly nextPageToken?: string }> => {
  const { caller, settings } = ctx;
  const ofAll = caller.isAdmin && asked.userId === undefined;
  const user = ofAll ? undefined : await getUser(ctx, asked.userId ?? "me");
  const keyIds = caller.isAdmin || !user ? undefined : (await listKeys(ctx, user.id)).map(({ id }) => id);

  const of = JSON.stringify([asked.from, asked.to, user?.id, asked.keyId]);
  const token = pageToken === undefined ? undefined : (openToken(settings.secret, pageToken) as PageToken | undefined);
  if (pageToken !== undefined && (token?.kind !== "usage" || token.of !== of)) {
    throw new Failure("invalid", { location: "pageToken", message: "Invalid page token value." });
  }
  const to = asked.to ?? token?.to ?? dayOf(ctx.now() + dayMs);
  const from = asked.from ?? token?.from ?? dayOf(Date.parse(to) - usualDays * dayMs);
  if (from >= to) throw new Failure("timeRangeEmpty");
  const found = await usage.list(ctx.db, { ...asked, from, to, userId: user?.id }, keyIds, token?.after, maxResults + 1);
  const items = found.slice(0, maxResults);
  const last = items.at(-1);
  if (found.length <= maxResults || !last) return { items };
  const next: PageToken = { kind: "usage", of, from, to, after: { day: last.day, keyId: last.keyId } };
  return { items, nextPageToken: sealToken(settings.secret, next) };
};
