import type { Context } from "#lib/context.ts";
import { calendarIdOf, requireRoleOn } from "#lib/domain/acl/require-role.ts";
import { type Change, recordChange } from "#lib/domain/audit/record.ts";
import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar, Role, SharedCalendar } from "#lib/model/calendar.ts";
import * as calendars from "#lib/sql/calendars.ts";
import type { Connection } from "#lib/sql/database.ts";
import type { PlacedEvent } from "#lib/sql/events.ts";

/** A transaction that writes to a calendar's events, and to copies of them on others. */
export interface EventWrite {
  readonly db: Connection;
  /** Locked, with the change number of this write. */
  readonly calendar: SharedCalendar;
  /** Lets the write reach further calendars: those of these ids that are there, locked, each with a change number of its own. */
  hold(calendarIds: Iterable<string>): ReadonlyMap<string, Calendar>;
}

/** Thrown out of a transaction that turns out to need further locks: it starts again with them, taken in their order. */
class NeedsLocks extends Error {
  readonly calendarIds: readonly string[];

  constructor(calendarIds: readonly string[]) {
    super("The write needs further locks.");
    this.calendarIds = calendarIds;
  }
}

/** A write starts again when guests turn up that it did not know of; each time it knows all that the last one met. */
const mostTries = 8;

/**
 * Runs a write to the events of a calendar, for a caller with at least this role: all of it, or nothing. Every calendar it reaches
 * is locked in the order of their ids, so that two writes never wait for each other. Those who watch the calendars are told, and the
 * audit log is. Throws `notFound`, `requiredAccessLevel`.
 *
 * @param options `reach`: further calendars that the write is known to hold; `leaves`: whether the calendar is there afterwards; `object`:
 *   what the audit log says that was changed; `adds`: an event that is added with the audit log's entry (`duplicate`: its id is taken).
 */
export const writeEvents = async <T>(
  ctx: Context,
  calendarId: string,
  work: (write: EventWrite) => Promise<T>,
  {
    role = "writerWithoutPrivateAccess",
    reach = [],
    leaves = "exists",
    object = () => ({}),
    adds = () => undefined,
  }: {
    readonly role?: Role;
    readonly reach?: Iterable<string>;
    readonly leaves?: "exists" | "not_exists";
    readonly object?: (result: T) => Change["object"];
    readonly adds?: (result: T) => PlacedEvent | undefined;
  } = {},
): Promise<T> => {
  const id = calendarIdOf(ctx, calendarId);
  const wanted = new Set([id, ...reach]);
  for (let tries = 0; tries < mostTries; tries += 1) {
    try {
      return await ctx.db.inTurnAt(wanted).inTransaction(async (db) => {
        const locked = await calendars.takeChanges(db, [...wanted], ctx.caller, ctx.now());
        const byId = new Map(locked.map((calendar) => [calendar.id, calendar]));
        ctx.calendarCache.note(id, ctx.caller.userId, byId.get(id));
        const calendar = requireRoleOn(byId.get(id), role);
        const hold = (ids: Iterable<string>) => {
          const all = new Set(ids);
          const missing = [...all].filter((one) => !wanted.has(one));
          if (missing.length > 0) throw new NeedsLocks(missing);
          return new Map([...all].flatMap((one) => (byId.has(one) ? [[one, byId.get(one) as Calendar]] : [])));
        };
        const result = await work({ db, calendar, hold });
        for (const calendarId of byId.keys()) {
          if (calendarId !== id) await notifyWatchers(db, { kind: "events", calendarId });
        }
        const notice = { resource: { kind: "events", calendarId: id }, state: leaves } as const;
        await recordChange(ctx, db, { calendarId: id, object: object(result) }, { notice, event: adds(result) });
        return result;
      });
    } catch (error) {
      if (!(error instanceof NeedsLocks)) throw error;
      for (const one of error.calendarIds) wanted.add(one);
    }
  }
  throw new Failure("overloaded", { message: "The event's guests change faster than it can be written. Please try again." });
};
