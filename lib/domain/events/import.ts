import type { Context } from "#lib/context.ts";
import { lockForWrite } from "#lib/domain/acl/require-role.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import type { Event, EventDraft, EventTime } from "#lib/model/event.ts";
import { count } from "#lib/observe/metrics.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as events from "#lib/sql/events.ts";
import { checkTimes } from "./check-draft.ts";
import { newEvent } from "./insert.ts";
import { instanceId, keyOf } from "./instance-key.ts";
import { place } from "./place.ts";
import { writeVersion } from "./revise.ts";

/** What is kept of the copy that is here: who made it. */
const ontoCopy = ({ details: { creator, organizer } }: Event, draft: EventDraft): EventDraft => ({
  ...draft,
  details: { ...(creator && { creator }), ...(organizer && { organizer }), ...draft.details },
});

/** Puts the changed instance of a series that is here into its place. */
const importInstance = async (
  ctx: Context,
  db: Connection,
  calendar: Calendar,
  { master, originalStart, draft }: { readonly master: Event; readonly originalStart: EventTime; readonly draft: EventDraft },
): Promise<Event> => {
  const id = instanceId(master, keyOf(originalStart));
  const current = await events.find(db, calendar.id, id);
  if (current) return writeVersion(ctx, db, calendar, current, ontoCopy(current, draft), "tolerant");
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
 * is one instance of the series with that UID. Throws `required` without a UID, `invalidSequence` when the copy is newer.
 */
export const importEvent = async (
  ctx: Context,
  { calendarId, draftOf }: { readonly calendarId: string; readonly draftOf: (calendar: Calendar) => EventDraft },
): Promise<{ readonly calendar: Calendar; readonly event: Event }> =>
  ctx.db.inTransaction(async (db) => {
    const calendar = await lockForWrite(ctx, db, calendarId, "writer");
    const { originalStart, ...draft } = draftOf(calendar);
    checkTimes(draft);
    if (draft.iCalUID === undefined)
      throw new Failure("required", { location: "iCalUID", message: "Missing required field: iCalUID." });
    count("EventsWritten", {});

    const known = await events.findByUid(db, calendar.id, draft.iCalUID);
    if (known?.recurrence && originalStart && !draft.recurrence) {
      return { calendar, event: await importInstance(ctx, db, calendar, { master: known, originalStart, draft }) };
    }
    if (known) return { calendar, event: await writeVersion(ctx, db, calendar, known, ontoCopy(known, draft)) };
    const event = newEvent(ctx, calendar, draft);
    await events.insert(db, calendar.id, place(event));
    return { calendar, event };
  });
