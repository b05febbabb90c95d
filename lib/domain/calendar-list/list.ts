import type { Context } from "#lib/context.ts";
import { openToken, sealToken } from "#lib/domain/token.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import * as calendars from "#lib/sql/calendars.ts";

interface PageToken {
  readonly kind: "calendarList";
  readonly user: string;
  readonly afterId: string;
  /** The whole list's version when the first page was read. */
  readonly version: string;
}

interface SyncToken {
  readonly kind: "calendarListSync";
  readonly user: string;
  readonly version: string;
}

interface CalendarListQuery {
  readonly maxResults: number;
  readonly pageToken: string | undefined;
  readonly syncToken: string | undefined;
  /** Parameters that may not stand beside a sync token, by their names. */
  readonly filters: Readonly<Record<string, unknown>>;
}

interface CalendarListPage {
  /** Another as soon as anything in the whole list changes. */
  readonly version: string;
  readonly items: readonly Calendar[];
  readonly nextPageToken?: string;
  readonly nextSyncToken?: string;
}

const openPage = (ctx: Context, pageToken: string | undefined): PageToken | undefined => {
  if (pageToken === undefined) return undefined;
  const token = openToken(ctx.settings.secret, pageToken) as PageToken | undefined;
  if (token?.kind !== "calendarList" || token.user !== ctx.caller.userId) {
    throw new Failure("invalid", { location: "pageToken", message: "Invalid page token value." });
  }
  return token;
};

/**
 * Lists the calendars the caller has, a page in the order of their ids. With a sync token it says that nothing has changed, or that
 * the list, which is short, must be read again. Throws `invalid`, `invalidSyncToken`, `fullSyncRequired`.
 */
export const listCalendarList = async (ctx: Context, query: CalendarListQuery): Promise<CalendarListPage> => {
  const { secret } = ctx.settings;
  const user = ctx.caller.userId;
  const page = openPage(ctx, query.pageToken);
  const version = page?.version ?? (await calendars.versionOfOwned(ctx.db, user));
  const nextSyncToken = sealToken(secret, { kind: "calendarListSync", user, version } satisfies SyncToken);

  if (query.syncToken !== undefined) {
    const clash = Object.keys(query.filters).find((name) => query.filters[name] !== undefined);
    if (clash) throw new Failure("invalid", { location: clash, message: `Sync token cannot be used with ${clash}.` });
    const token = openToken(secret, query.syncToken) as SyncToken | undefined;
    if (token?.kind !== "calendarListSync" || token.user !== user) throw new Failure("invalidSyncToken");
    if (token.version !== version) throw new Failure("fullSyncRequired");
    return { version, items: [], nextSyncToken };
  }

  const found = await calendars.listOwned(ctx.db, user, page?.afterId ?? "", query.maxResults + 1);
  const items = found.slice(0, query.maxResults);
  const last = items.at(-1);
  if (found.length <= query.maxResults || !last) return { version, items, nextSyncToken };
  const token: PageToken = { kind: "calendarList", user, afterId: last.id, version };
  return { version, items, nextPageToken: sealToken(secret, token) };
};
