import { createHash } from "node:crypto";
import type { Context } from "#lib/context.ts";
import { openToken, sealToken } from "#lib/domain/token.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar, Role, SharedCalendar } from "#lib/model/calendar.ts";
import type { Zone } from "#lib/model/zone.ts";
import { count } from "#lib/observe/metrics.ts";
import type { Filter, Window } from "#lib/sql/event-lists.ts";
import { dateOf, day, dayOf, firstDayFrom } from "./days.ts";
import { type Sight, sightOf } from "./hide.ts";
import { searchable } from "./place.ts";

/** What a client asks of a list of events: the parameters of events.list, instants as epoch milliseconds. */
export interface ListQuery {
  readonly maxResults: number;
  /** Instances instead of series; undefined: what the sync token says, else series. */
  readonly singleEvents: boolean | undefined;
  readonly showDeleted: boolean | undefined;
  readonly orderBy?: "startTime" | "updated" | undefined;
  /** Events must end after it. */
  readonly timeMin?: number | undefined;
  /** Events must start before it. */
  readonly timeMax?: number | undefined;
  readonly updatedMin?: number | undefined;
  readonly q?: string | undefined;
  readonly iCalUID?: string | undefined;
  readonly privateExtendedProperty?: readonly string[] | undefined;
  readonly sharedExtendedProperty?: readonly string[] | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
  readonly syncToken?: string | undefined;
}

/** Parameters that make no sense with a sync token, which stands for a whole query (events.list reference, `syncToken`). */
const notWithSyncToken = [
  "iCalUID",
  "orderBy",
  "privateExtendedProperty",
  "q",
  "sharedExtendedProperty",
  "timeMin",
  "timeMax",
  "updatedMin",
] as const satisfies readonly (keyof ListQuery)[];

/** Refuses combinations that mean nothing. */
export const checkQuery = (query: ListQuery): void => {
  const refuse = (location: string, message: string) => {
    throw new Failure("invalid", { location, message });
  };
  if (query.timeMin !== undefined && query.timeMax !== undefined && query.timeMax <= query.timeMin) {
    throw new Failure("timeRangeEmpty", { location: "timeMax" });
  }
  if (query.orderBy === "startTime" && !query.singleEvents) {
    refuse("orderBy", "The requested ordering is not available for the particular query: startTime needs singleEvents=true.");
  }
  if (query.syncToken !== undefined) {
    const clash = notWithSyncToken.find((name) => query[name] !== undefined);
    if (clash) refuse(clash, `Sync token cannot be used with ${clash}.`);
    if (query.showDeleted === false)
      refuse("showDeleted", "Sync token cannot be used with showDeleted=false: deletions are what it tells.");
  }
};

/** Whether a list can be continued with a sync token: not when it shows a part that a token could not stand for. */
export const canBeSynced = (query: ListQuery): boolean =>
  notWithSyncToken.every((name) => name === "timeMin" || name === "timeMax" || query[name] === undefined);

const constraints = (query: ListQuery, of: "private" | "shared"): Filter["properties"] => {
  const location = `${of}ExtendedProperty` as const;
  return (query[location] ?? []).map((text) => {
    const equals = text.indexOf("=");
    if (equals < 1) throw new Failure("invalid", { location, message: `Invalid value for ${location}: it must be name=value.` });
    return { of, name: text.slice(0, equals), value: text.slice(equals + 1) };
  });
};

const searches = { all: "all", public: "public", times: "none" } as const satisfies Record<Sight, Filter["searches"]>;

/** The filter a query means for somebody with a role. `updatedMin` shows deleted events whatever else is said. */
export const filterOf = (query: ListQuery, role: Role): Filter => {
  const deleted = query.showDeleted || query.updatedMin !== undefined;
  return {
    cancelled: deleted ? "include" : query.singleEvents ? "exclude" : "onlyInstances",
    text: query.q === undefined ? undefined : searchable(query.q),
    iCalUID: query.iCalUID,
    updatedMin: query.updatedMin,
    properties: [...constraints(query, "private"), ...constraints(query, "shared")],
    eventTypes: query.eventTypes,
    searches: searches[sightOf(role)],
  };
};

const year = 365.25 * day;

/**
 * How far into the future instances of endless series are listed when no `timeMax` says so: three to four years. It stands still
 * for a year, because a client that syncs must see the same stretch of time as before.
 */
export const horizonOf = (now: number, timeMin: number | undefined): number =>
  Math.ceil((Math.max(now, timeMin ?? 0) + 3 * year) / year) * year;

/** The instants PostgreSQL and ISO 8601 both can say. */
const earliest = Date.parse("0001-01-01T00:00:00Z");
const latest = Date.UTC(9999, 11, 31);

/** The window in both kinds of time: the instants, and the days they touch in the calendar's zone. */
export const windowOf = (timeMin: number | undefined, timeMax: number | undefined, zone: Zone): Window => {
  const from = timeMin === undefined || timeMin <= earliest ? Number.NEGATIVE_INFINITY : timeMin;
  const to = timeMax === undefined || timeMax >= latest ? Number.POSITIVE_INFINITY : timeMax;
  return {
    from,
    to,
    fromDate: Number.isFinite(from) ? dateOf(dayOf(from, zone)) : "-infinity",
    toDate: Number.isFinite(to) ? dateOf(firstDayFrom(to, zone)) : "infinity",
  };
};

/** Where a page ended: the last item's place in whatever order the list has. */
export interface Cursor {
  /** The number that orders: a start, an update, a change. */
  readonly at: number;
  readonly id: string;
  /** In lists by row, the last instance that was listed of the row: what orders those. */
  readonly start?: number;
}

interface PageToken {
  readonly kind: "page";
  readonly calendar: string;
  readonly query: string;
  /** The calendar's change number when the first page was read: what the sync token will begin from. */
  readonly change: number;
  /** The end of endless series, fixed by the first page. */
  readonly horizon: number;
  readonly cursor: Cursor;
}

/** A sync token: everything up to `change` has been told; the window is that of the first list. */
interface SyncToken {
  readonly kind: "sync";
  readonly calendar: string;
  readonly change: number;
  readonly singleEvents: boolean;
  readonly timeMin?: number | undefined;
  readonly timeMax?: number | undefined;
  /** Where endless series were cut off. */
  readonly horizon: number;
  /** Where days began. */
  readonly zone: string;
  /** How much of the events the reader was shown. */
  readonly sight: Sight;
}

/** What must be the same on all pages of one list. */
const fingerprint = ({ maxResults, pageToken, ...query }: ListQuery, list: string): string =>
  createHash("sha256")
    .update(JSON.stringify([list, query]))
    .digest("base64url")
    .slice(0, 16);

export const sealPage = (
  ctx: Context,
  list: string,
  calendar: Calendar,
  query: ListQuery,
  page: Pick<PageToken, "change" | "horizon" | "cursor">,
) =>
  sealToken(ctx.settings.secret, {
    kind: "page",
    calendar: calendar.id,
    query: fingerprint(query, list),
    ...page,
  } satisfies PageToken);

/** Opens the query's page token. Throws `invalid` at `pageToken` when it is broken or from another query. */
export const openPage = (ctx: Context, list: string, calendar: Calendar, query: ListQuery): PageToken | undefined => {
  if (query.pageToken === undefined) return undefined;
  const token = openToken(ctx.settings.secret, query.pageToken) as PageToken | undefined;
  if (token?.kind !== "page" || token.calendar !== calendar.id) {
    throw new Failure("invalid", { location: "pageToken", message: "Invalid page token value." });
  }
  if (token.query !== fingerprint(query, list)) {
    throw new Failure("invalid", { location: "pageToken", message: "Invalid page token value: it was given for another query." });
  }
  return token;
};

export const sealSync = (ctx: Context, token: Omit<SyncToken, "kind">): string =>
  sealToken(ctx.settings.secret, { kind: "sync", ...token } satisfies SyncToken);

/**
 * Opens a sync token. Throws `invalidSyncToken` when it is broken; `fullSyncRequired` when what it would have to tell has been
 * purged, when the stretch of time in which instances are listed has moved on, when the calendar's days begin elsewhere now, when
 * the reader may see more or less than before, or when the calendar is younger than the token (a database restored from a backup).
 */
export const openSync = (ctx: Context, calendar: SharedCalendar, query: ListQuery): SyncToken | undefined => {
  if (query.syncToken === undefined) return undefined;
  const token = openToken(ctx.settings.secret, query.syncToken) as SyncToken | undefined;
  if (token?.kind !== "sync" || token.calendar !== calendar.id) throw new Failure("invalidSyncToken");
  if (query.singleEvents !== undefined && token.singleEvents !== query.singleEvents) {
    throw new Failure("invalidSyncToken", { message: "Invalid sync token value. singleEvents must be as in the first request." });
  }
  const { change, horizon, timeMin, timeMax, zone } = token;
  const hasMovedOn = token.singleEvents && timeMax === undefined && horizon !== horizonOf(ctx.now(), timeMin);
  const isForeign = zone !== calendar.timeZone || change > calendar.change;
  const seesOtherwise = token.sight !== sightOf(calendar.role);
  if (change < calendar.purgedChange || hasMovedOn || isForeign || seesOtherwise) {
    count("SyncTokensRefused", {});
    throw new Failure("fullSyncRequired");
  }
  return token;
};
