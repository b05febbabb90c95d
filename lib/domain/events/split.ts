import type { Context } from "#lib/context.ts";
import { letGuestsFollow } from "#lib/domain/invitations/follow.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar, SharedCalendar } from "#lib/model/calendar.ts";
import { etagMatches } from "#lib/model/etag.ts";
import { type Event, type EventDraft, isAllDay } from "#lib/model/event.ts";
import { count } from "#lib/observe/metrics.ts";
import { RecurrenceError } from "#lib/recurrence/error.ts";
import type { Occurrence } from "#lib/recurrence/series.ts";
import { splitSeries } from "#lib/recurrence/split-series.ts";
import * as events from "#lib/sql/events.ts";
import { newEventId } from "./event-id.ts";
import { getEventOrInstance } from "./find.ts";
import { asSeenBy, requireSight, withOwnSource } from "./hide.ts";
import { newEvent } from "./insert.ts";
import { instanceId, keyOf, parseInstanceId } from "./instance-key.ts";
import { place } from "./place.ts";
import { writeVersion } from "./revise.ts";
import { instanceOf, startOf } from "./series.ts";
import { writeEvents } from "./write.ts";

const refuse = (message: string) =>
  new Failure("invalid", { location: "eventId", message: `Invalid value for eventId: ${message}` });

const cut = (master: Event, key: string) => {
  const place = parseInstanceId(instanceId(master.id, key));
  if (!place || !master.recurrence) throw refuse("it must name an instance of a series.");
  try {
    return splitSeries(startOf(master), master.recurrence, place.start);
  } catch (error) {
    if (error instanceof RecurrenceError) throw refuse(`the series cannot be split there. ${error.message}`);
    throw error;
  }
};

/** The times of a series that begins with an instance: on the wall clock that the rule gives it, also where a gap moves it. */
const timesFrom = (master: Event, first: Occurrence): Pick<Event, "start" | "end"> => {
  const { start, end } = instanceOf(master, first);
  if (isAllDay(start) || isAllDay(end) || isAllDay(master.start) || isAllDay(master.end)) return { start, end };
  if (start.zone !== end.zone) return { start: { ...start, local: first.local }, end };
  return {
    start: { ...start, local: first.local },
    end: { ...end, local: first.local + master.end.local - master.start.local },
  };
};

/** The id of the series that begins with an instance, as Google makes it: `<series>_R<UTC start>`. */
const followingId = (masterId: string, key: string): string =>
  `${masterId.replace(/_R\d{8}(?:T\d{6})?$/, "")}_R${key.replace("Z", "")}`;

/** The two series that a split leaves. */
export interface Split {
  readonly calendar: SharedCalendar;
  /** The series up to the instance: the one that was there. */
  readonly before: Event;
  /** The series from the instance on: a new one. */
  readonly after: Event;
}

/**
 * Splits a series at one of its instances, to change this and all following ones: all of it, or nothing. Changed and cancelled
 * instances from there on go over to the new series; guests get both. Throws `notFound`, `conditionNotMet` (against the series'
 * ETag), `deleted` for a cancelled instance, `invalid` at `eventId` for what cannot be split, `forbiddenForNonOrganizer` for a
 * guest's copy.
 *
 * @param draftOf what the new series shall be, given what it is without changes.
 */
export const splitEvent = (
  ctx: Context,
  {
    calendarId,
    eventId,
    ifMatch,
    draftOf,
  }: {
    readonly calendarId: string;
    readonly eventId: string;
    readonly ifMatch: string | undefined;
    readonly draftOf: (calendar: Calendar, following: Event) => EventDraft;
  },
): Promise<Split> =>
  writeEvents(
    ctx,
    calendarId,
    async (write) => {
      const { db, calendar } = write;
      const instance = await getEventOrInstance(db, calendar.id, eventId);
      const { recurringEventId, originalStart } = instance;
      const master = recurringEventId === undefined ? undefined : await events.find(db, calendar.id, recurringEventId);
      if (!master || !originalStart) throw refuse("it must name an instance of a series.");
      requireSight(calendar.role, master);
      if (master.copyOf) throw new Failure("forbiddenForNonOrganizer");
      if (instance.status === "cancelled") throw new Failure("deleted");
      if (!etagMatches(ifMatch, master.change)) throw new Failure("conditionNotMet");

      const key = keyOf(originalStart);
      const halves = cut(master, key);
      const changed = await events.listInstances(db, calendar.id, [master.id]);
      const before = await writeVersion(ctx, db, calendar, master, { ...master, recurrence: halves.before }, "tolerant");

      const wantedId = followingId(master.id, key);
      const id = (await events.find(db, calendar.id, wantedId)) ? newEventId() : wantedId;
      const { status, details } = master;
      const times = timesFrom(master, halves.first);
      const following = newEvent(ctx, calendar, { status, details, ...times, recurrence: halves.after }, id);
      const goesOver = changed.filter(({ event }) => event.originalStart && keyOf(event.originalStart) >= key);
      const moved = goesOver.map(
        ({ event, displaced }): Event => ({
          ...event,
          id: instanceId(id, keyOf(event.originalStart as NonNullable<Event["originalStart"]>)),
          iCalUID: following.iCalUID,
          recurringEventId: id,
          change: calendar.change,
          updated: ctx.now(),
          ...(displaced && { status: "cancelled" }),
        }),
      );
      await events.put(
        db,
        calendar.id,
        [following, ...moved].map((event) => place(event)),
      );
      const draft = withOwnSource(ctx.caller.email, following, draftOf(calendar, following));
      const after = await writeVersion(ctx, db, calendar, following, draft);
      count("EventsWritten", {}, 2);

      await letGuestsFollow(ctx, write, { before: master, after: before });
      await letGuestsFollow(ctx, write, { after, continues: master });
      const onlooker = { role: calendar.role, email: ctx.caller.email };
      return { calendar, before: asSeenBy(onlooker, before), after: asSeenBy(onlooker, after) };
    },
    { object: ({ before, after }) => ({ eventId: before.id, newEventId: after.id }) },
  );
