import type { Context } from "#lib/context.ts";
import { lockForWrite } from "#lib/domain/acl/require-role.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import type { Event, EventDraft } from "#lib/model/event.ts";
import { count } from "#lib/observe/metrics.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as events from "#lib/sql/events.ts";
import { checkTimes } from "./check-draft.ts";
import { newEvent } from "./insert.ts";
import { instanceId, keyOf } from "./instance-key.ts";
import { place } from "./place.ts";
import { writeVersion } from "./revise.ts";

/** A copy of an event that lives elsewhere: its UID tells which one it is. */
export type ImportedDraft = EventDraft & { readonly iCalUID: string };

/** Puts the changed instance of a series that is here into its place. */
const importInstance = async (
  ctx: Context,
  db: Connection,
  calendar: Calendar,
  master: Event,
  draft: EventDraft,
): Promise<Event> => {
  const { originalStart } = draft;
  if (!originalStart) throw new Error("An instance needs its original start.");
  const id = instanceId(master, keyOf(originalStart));
  const current = await events.find(db, calendar.id, id);
  if (current)
    return writeVersion(ctx, db, calendar, current, { ...draft, sequence: Math.max(draft.sequence ?? 0, current.sequence) });
  const event: Event = {
    ...newEvent(ctx, calendar, draft, id),
    iCalUID: master.iCalUID,
    recurringEventId: master.id,
    originalStart,
  };
  await events.put(db, calendar.id, [place(event)]);
  return event;
};

/**
 * Adds a private copy of an event that lives elsewhere, or brings the copy up to date: the UID decides. With an original start it
 * is one instance of the series with that UID. Throws `required` without a UID.
 */
export const importEvent = async (
  ctx: Context,
  { calendarId, draftOf }: { readonly calendarId: string; readonly draftOf: (calendar: Calendar) => EventDraft },
): Promise<{ readonly calendar: Calendar; readonly event: Event }> =>
  ctx.db.inTransaction(async (db) => {
    const calendar = await lockForWrite(ctx, db, calendarId, "writer");
    const draft = draftOf(calendar);
    checkTimes(draft);
    if (draft.iCalUID === undefined)
      throw new Failure("required", { location: "iCalUID", message: "Missing required field: iCalUID." });
    const known = await events.findByUid(db, calendar.id, draft.iCalUID);
    count("EventsWritten", {});

    if (known && draft.originalStart && known.recurrence) {
      return { calendar, event: await importInstance(ctx, db, calendar, known, draft) };
    }
    const { originalStart: _, ...whole } = draft;
    if (known) {
      const sequence = Math.max(draft.sequence ?? 0, known.sequence);
      return { calendar, event: await writeVersion(ctx, db, calendar, known, { ...whole, sequence }) };
    }
    const event = newEvent(ctx, calendar, whole);
    await events.insert(db, calendar.id, place(event));
    return { calendar, event };
  });
