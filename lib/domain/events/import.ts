import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import type { Event, EventDraft, EventTime } from "#lib/model/event.ts";
import { count } from "#lib/observe/metrics.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as events from "#lib/sql/events.ts";
import { checkTimes } from "./check-draft.ts";
import { findPlace } from "./find.ts";
import { requireSight } from "./hide.ts";
import { newEvent } from "./insert.ts";
import { instanceId, keyOf } from "./instance-key.ts";
import { place } from "./place.ts";
import { writeVersion } from "./revise.ts";
import { writeEvents } from "./write.ts";

/** What is kept of the copy that is here: who made it. */
const ontoCopy = ({ details: { creator, organizer } }: Event, draft: EventDraft): EventDraft => ({
  ...draft,
  details: { ...(creator && { creator }), ...(organizer && { organizer }), ...draft.details },
});

/** An instance to import, and the series it belongs to. */
interface Instance {
  readonly master: Event;
  readonly originalStart: EventTime;
  readonly draft: EventDraft;
}

/** Puts a changed instance into its place in a series that is here. Without a place it is kept, and shown when there is one. */
const importInstance = async (ctx: Context, db: Connection, calendar: Calendar, instance: Instance): Promise<Event> => {
  const { master, originalStart, draft } = instance;
  const key = keyOf(originalStart);
  const id = instanceId(master.id, key);
  const current = await events.find(db, calendar.id, id);
  const event = current
    ? await writeVersion(ctx, db, calendar, current, ontoCopy(current, draft), "tolerant")
    : { ...newEvent(ctx, calendar, draft, id), iCalUID: master.iCalUID, recurringEventId: master.id, originalStart };
  if (!current) await events.put(db, calendar.id, [place(event)]);
  if (event.status === "cancelled" || (await findPlace(db, calendar.id, id))) return event;
  const write = { masterId: master.id, originalKeys: [key], change: calendar.change, now: ctx.now() };
  await events.displaceInstances(db, calendar.id, write);
  return { ...event, status: "cancelled" };
};

/** Gives instances that came before their series their places in it. */
const adopt = async (ctx: Context, db: Connection, calendar: Calendar, master: Event, alone: readonly Event[]): Promise<void> => {
  for (const one of alone) {
    if (!one.originalStart || one.status === "cancelled") continue;
    await writeVersion(ctx, db, calendar, one, { ...one, status: "cancelled" }, "tolerant");
    const { status, start, end, details } = one;
    await importInstance(ctx, db, calendar, { master, originalStart: one.originalStart, draft: { status, start, end, details } });
  }
};

/**
 * Adds a private copy of an event that lives elsewhere, or brings the copy up to date: the UID decides. With an original start it
 * is one instance of the series with that UID, or waits for that. Throws `required` without a UID, `invalidSequence` when the copy
 * is newer.
 */
export const importEvent = async (
  ctx: Context,
  { calendarId, draftOf }: { readonly calendarId: string; readonly draftOf: (calendar: Calendar) => EventDraft },
): Promise<{ readonly calendar: Calendar; readonly event: Event }> =>
  writeEvents(
    ctx,
    calendarId,
    async ({ db, calendar }) => {
      const { originalStart, ...draft } = draftOf(calendar);
      checkTimes(draft);
      if (draft.iCalUID === undefined)
        throw new Failure("required", { location: "iCalUID", message: "Missing required field: iCalUID." });
      count("EventsWritten", {});

      const own = await events.findByUids(db, calendar.id, [draft.iCalUID]);
      for (const event of own) requireSight(calendar.role, event);
      const main = own.findLast((event) => !event.originalStart);
      const alone = own.filter((event) => event.originalStart);
      const write = async (current: Event | undefined, whole: EventDraft): Promise<Event> => {
        if (current) return writeVersion(ctx, db, calendar, current, ontoCopy(current, whole));
        const event = newEvent(ctx, calendar, whole);
        await events.insert(db, place(event));
        return event;
      };

      if (originalStart && !draft.recurrence) {
        const isHere = main?.recurrence && main.status !== "cancelled";
        if (isHere) return { calendar, event: await importInstance(ctx, db, calendar, { master: main, originalStart, draft }) };
        const known = alone.find((event) => event.originalStart && keyOf(event.originalStart) === keyOf(originalStart));
        return { calendar, event: await write(known, { ...draft, originalStart }) };
      }
      const event = await write(main, draft);
      if (event.recurrence && event.status !== "cancelled") await adopt(ctx, db, calendar, event, alone);
      return { calendar, event };
    },
    { object: ({ event }) => ({ eventId: event.id }) },
  );
