import { isDeepStrictEqual } from "node:util";
import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import { type Event, type EventDraft, type EventTime, isAllDay } from "#lib/model/event.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as events from "#lib/sql/events.ts";
import { checkTimes } from "./check-draft.ts";
import { dayNumber } from "./days.ts";
import { findPlace } from "./find.ts";
import { place } from "./place.ts";
import { seriesOf } from "./series.ts";

const isSameRule = (before: EventDraft, after: EventDraft): boolean =>
  isDeepStrictEqual(before.recurrence ?? [], after.recurrence ?? []);

/** Whether two versions of an event happen at different times. */
const movesInTime = (before: EventDraft, after: EventDraft): boolean =>
  !isDeepStrictEqual([before.start, before.end], [after.start, after.end]) || !isSameRule(before, after);

/** Reminders are each reader's own business: changing them does not make an event newer. */
const differsInRemindersOnly = (before: Event, after: EventDraft): boolean => {
  const { reminders, ...details } = before.details;
  const { reminders: newReminders, ...newDetails } = after.details;
  return (
    !isDeepStrictEqual(reminders, newReminders) &&
    isDeepStrictEqual(details, newDetails) &&
    before.status === after.status &&
    !movesInTime(before, after)
  );
};

const largestSequence = 2_147_483_647;

/** The number of the next version: what the client says if that is newer, one more when the times change (RFC 5545 3.8.7.4). */
const nextSequence = (current: Event, draft: EventDraft): number => {
  const said = draft.sequence ?? current.sequence;
  if (said < current.sequence) throw new Failure("invalidSequence");
  if (said > current.sequence || !movesInTime(current, draft)) return said;
  return Math.min(current.sequence + 1, largestSequence);
};

/** Refuses what an instance of a series cannot be: a series, or there when its series has no place for it. */
const checkInstance = async (db: Connection, calendar: Calendar, current: Event, draft: EventDraft): Promise<void> => {
  if (draft.recurrence?.length) {
    throw new Failure("invalid", {
      location: "recurrence",
      message: "Invalid value for recurrence: an instance of a series has none of its own.",
    });
  }
  if (current.status !== "cancelled" || draft.status === "cancelled") return;
  const origin = await findPlace(db, calendar.id, current.id);
  if (!origin || origin.status === "cancelled") {
    throw new Failure("invalid", {
      location: "status",
      message: "Invalid value for status: the series has no instance at that time any more.",
    });
  }
};

/**
 * Writes a new version of an event, under the calendar's lock. When a series' times change, instances that had been changed and
 * still have their place in it stay as they are; those whose place is gone are cancelled until it is there again.
 *
 * @param tolerance whether a rule that cannot be expanded is refused; one that stays what it was never is.
 */
export const writeVersion = async (
  ctx: Context,
  db: Connection,
  calendar: Calendar,
  current: Event,
  draft: EventDraft,
  tolerance: "strict" | "tolerant" = "strict",
): Promise<Event> => {
  checkTimes(draft);
  const isInstance = current.recurringEventId !== undefined;
  if (isInstance && tolerance === "strict") await checkInstance(db, calendar, current, draft);
  const { recurrence: _, ...single }: Event = {
    ...current,
    status: draft.status,
    start: draft.start,
    end: draft.end,
    details: draft.details,
    sequence: nextSequence(current, draft),
    change: calendar.change,
    updated: differsInRemindersOnly(current, draft) ? current.updated : ctx.now(),
  };
  const next: Event = draft.recurrence?.length ? { ...single, recurrence: draft.recurrence } : single;

  const wasSeries = seriesOf(current) !== undefined;
  const keepsUnreadable = !wasSeries && isSameRule(current, next);
  await events.put(db, calendar.id, [place(next, keepsUnreadable ? "tolerant" : tolerance)]);

  const appears = current.status === "cancelled" && next.status !== "cancelled";
  const disappears = current.status !== "cancelled" && next.status === "cancelled";
  const runsOtherwise = movesInTime(current, next) || appears || disappears;
  if (!isInstance && runsOtherwise && (wasSeries || next.recurrence)) {
    // A deleted series was retired when it was deleted; a deleted single event may still be what a client has.
    if (current.status !== "cancelled" || !wasSeries) await events.retireSeries(db, current, calendar.change);
    await settleInstances(ctx, db, next);
    if (appears) await events.retellInstances(db, calendar.id, next.id, next.change);
  }
  return next;
};

const startNumber = (time: EventTime): number => (isAllDay(time) ? dayNumber(time.date) : time.instant);

/** Cancels the changed instances that a series, as it is now, has no place for, and brings back those it has a place for again. */
const settleInstances = async (ctx: Context, db: Connection, master: Event): Promise<void> => {
  const { calendarId, id: masterId, change } = master;
  const series = master.status === "cancelled" ? undefined : seriesOf(master);
  const hasPlace = (start: EventTime) =>
    isAllDay(start) === isAllDay(master.start) && series?.at(startNumber(start)) !== undefined;
  const originals = Map.groupBy(await events.listOriginalStarts(db, calendarId, masterId), ({ start }) => hasPlace(start));
  const keysOf = (found: boolean) => (originals.get(found) ?? []).map(({ key }) => key);
  const write = { masterId, change, now: ctx.now() };
  if (originals.has(false)) await events.displaceInstances(db, calendarId, { ...write, originalKeys: keysOf(false) });
  if (originals.has(true)) await events.restoreInstances(db, calendarId, { ...write, originalKeys: keysOf(true) });
};
