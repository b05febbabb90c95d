import { createHash } from "node:crypto";
import type { Context } from "#lib/context.ts";
import { openToken, sealToken } from "#lib/domain/token.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import type { Zone } from "#lib/model/zone.ts";
import type { Filter, Window } from "#lib/sql/events.ts";
import { dateOf } from "./series.ts";

/** What a client asks of a list of events: the parameters of events.list, instants as epoch milliseconds. */
export interface ListQuery {
  readonly maxResults: number;
  readonly singleEvents: boolean;
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

const constraints = (values: readonly string[] | undefined, location: string): Record<string, string> | undefined => {
  if (!values || values.length === 0) return undefined;
  const pairs: Record<string, string> = {};
  for (const value of values) {
    const equals = value.indexOf("=");
    if (equals < 1) throw new Failure("invalid", { location, message: `Invalid value for ${location}: it must be name=value.` });
    pairs[value.slice(0, equals)] = value.slice(equals + 1);
  }
  return pairs;
};

/** The filter a query means. `updatedMin` shows deleted events whatever else is said. */
export const filterOf = (query: ListQuery): Filter => {
  const priv = constraints(query.privateExtendedProperty, "privateExtendedProperty");
  const shared = constraints(query.sharedExtendedProperty, "sharedExtendedProperty");
  const deleted = query.showDeleted || query.updatedMin !== undefined;
  return {
    cancelled: deleted ? "include" : query.singleEvents ? "exclude" : "onlyInstances",
    text: query.q,
    iCalUID: query.iCalUID,
    updatedMin: query.updatedMin,
    properties: priv || shared ? { ...(priv && { private: priv }), ...(shared && { shared }) } : undefined,
    eventTypes: query.eventTypes,
  };
};

const day = 86_400_000;

/** Without `timeMax`, instances of series that never end are listed this far into the future: three years. */
export const horizonMs = 3 * 365.25 * day;

/** The instants PostgreSQL and ISO 8601 both can say. */
const earliest = Date.parse("0001-01-01T00:00:00Z");
const latest = Date.UTC(9999, 11, 31);

/** The window in both kinds of time: the instants, and the days they touch in a zone. */
export const windowOf = (timeMin: number | undefined, timeMax: number | undefined, zone: Zone): Window => {
  const from = timeMin === undefined || timeMin <= earliest ? Number.NEGATIVE_INFINITY : timeMin;
  const to = timeMax === undefined || timeMax >= latest ? Number.POSITIVE_INFINITY : timeMax;
  return {
    from,
    to,
    fromDate: Number.isFinite(from) ? dateOf(Math.floor(zone.toLocal(from) / day) * day) : "-infinity",
    toDate: Number.isFinite(to) ? dateOf(Math.ceil(zone.toLocal(to) / day) * day) : "infinity",
  };
};

/** Where a page ended: the last item's place in whatever order the list has. */
export interface Cursor {
  /** The number that orders: a start, an update, a change. */
  readonly at: number;
  readonly id: string;
  /** In lists by row, the last instance that was listed of the row: its start. */
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
 * Opens a sync token. Throws `invalidSyncToken` when it is broken, `fullSyncRequired` when what it would have to tell has been
 * purged, or when the calendar is younger than it (a database restored from a backup).
 */
export const openSync = (ctx: Context, calendar: Calendar, query: ListQuery): SyncToken | undefined => {
  if (query.syncToken === undefined) return undefined;
  const token = openToken(ctx.settings.secret, query.syncToken) as SyncToken | undefined;
  if (token?.kind !== "sync" || token.calendar !== calendar.id) throw new Failure("invalidSyncToken");
  if (token.change < calendar.purgedChange || token.change > calendar.change) throw new Failure("fullSyncRequired");
  if (token.singleEvents !== query.singleEvents) {
    throw new Failure("invalidSyncToken", { message: "Invalid sync token value. singleEvents must be as in the first request." });
  }
  return token;
};
