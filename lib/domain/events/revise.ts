import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import type { Event, EventDraft } from "#lib/model/event.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as events from "#lib/sql/events.ts";
import { checkTimes } from "./check-draft.ts";
import { keyOf } from "./instance-key.ts";
import { place } from "./place.ts";
import { seriesOf } from "./series.ts";

/** Whether two versions of an event happen at different times. */
const movesInTime = (before: EventDraft, after: EventDraft): boolean =>
  JSON.stringify([before.start, before.end, before.recurrence ?? []]) !==
  JSON.stringify([after.start, after.end, after.recurrence ?? []]);

/** Reminders are each reader's own business: changing them does not make an event newer. */
const differsInRemindersOnly = (before: Event, after: EventDraft): boolean => {
  const rest = ({ start, end, recurrence, status, details: { reminders, ...details } }: EventDraft) =>
    JSON.stringify({ start, end, recurrence, status, details });
  return rest(before) === rest(after) && JSON.stringify(before.details.reminders) !== JSON.stringify(after.details.reminders);
};

/** The number of the next version: what the client says if that is newer, one more when the times change (RFC 5545 3.8.7.4). */
const nextSequence = (current: Event, draft: EventDraft): number => {
  const said = draft.sequence ?? current.sequence;
  if (said < current.sequence) throw new Failure("invalidSequence");
  return said > current.sequence ? said : current.sequence + (movesInTime(current, draft) ? 1 : 0);
};

/**
 * Writes a new version of an event, under the calendar's lock. When a series' times change, instances that had been changed and
 * still have their place in it stay as they are; those whose place is gone are cancelled.
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
  if (current.recurringEventId !== undefined && draft.recurrence?.length) {
    throw new Failure("invalid", {
      location: "recurrence",
      message: "Invalid value for recurrence: an instance of a series has none of its own.",
    });
  }
  const event: Event = {
    ...current,
    status: draft.status,
    start: draft.start,
    end: draft.end,
    details: draft.details,
    iCalUID: current.iCalUID,
    sequence: nextSequence(current, draft),
    change: calendar.change,
    updated: differsInRemindersOnly(current, draft) ? current.updated : ctx.now(),
  };
  const { recurrence: _, ...single } = event;
  const next: Event = draft.recurrence?.length ? { ...single, recurrence: draft.recurrence } : single;

  await events.put(db, calendar.id, [place(next, tolerance)]);
  const wasSeries = current.recurringEventId === undefined && seriesOf(current) !== undefined;
  const becomesSeries = !wasSeries && next.recurrence !== undefined;
  if ((wasSeries && (movesInTime(current, next) || next.status === "cancelled")) || becomesSeries) {
    if (current.status !== "cancelled") await events.retireSeries(db, current, calendar.change);
    if (wasSeries) await cancelHomeless(ctx, db, calendar, next);
  }
  return next;
};

/** Cancels the changed instances that a series, as it is now, has no place for. */
const cancelHomeless = async (ctx: Context, db: Connection, calendar: Calendar, master: Event): Promise<void> => {
  const write = { change: calendar.change, now: ctx.now() };
  const series = master.status === "cancelled" ? undefined : seriesOf(master);
  if (!series) {
    await events.cancelOverrides(db, calendar.id, master.id, { ...write, originalKeys: "all" });
    return;
  }
  const overrides = await events.listOverrides(db, calendar.id, master.id);
  const homeless = overrides.filter(({ originalStart }) => {
    if (!originalStart) return true;
    const start = "date" in originalStart ? Date.parse(`${originalStart.date}T00:00:00Z`) : originalStart.instant;
    return "date" in originalStart !== "date" in master.start || series.at(start) === undefined;
  });
  const originalKeys = homeless.flatMap(({ originalStart }) => (originalStart ? [keyOf(originalStart)] : []));
  if (originalKeys.length > 0) await events.cancelOverrides(db, calendar.id, master.id, { ...write, originalKeys });
};
