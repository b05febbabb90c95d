import type { Context } from "#lib/context.ts";
import { openToken, sealToken } from "#lib/domain/token.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import * as calendars from "#lib/sql/calendars.ts";

interface PageToken {
  readonly kind: "calendarList";
  readonly user: string;
  readonly afterId: string;
}

/** Lists the calendars the caller has, a page in the order of their ids. Throws `invalid` for a broken page token. */
export const listCalendarList = async (
  ctx: Context,
  { maxResults, pageToken }: { readonly maxResults: number; readonly pageToken: string | undefined },
): Promise<{ readonly items: readonly Calendar[]; readonly nextPageToken?: string }> => {
  const { secret } = ctx.settings;
  const user = ctx.caller.userId;
  let afterId = "";
  if (pageToken !== undefined) {
    const token = openToken(secret, pageToken) as PageToken | undefined;
    if (token?.kind !== "calendarList" || token.user !== user) {
      throw new Failure("invalid", { location: "pageToken", message: "Invalid page token value." });
    }
    afterId = token.afterId;
  }
  const found = await calendars.listOwned(ctx.db, user, afterId, maxResults + 1);
  const items = found.slice(0, maxResults);
  const last = items.at(-1);
  if (found.length <= maxResults || !last) return { items };
  return { items, nextPageToken: sealToken(secret, { kind: "calendarList", user, afterId: last.id } satisfies PageToken) };
};
