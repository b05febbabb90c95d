import { Failure } from "#lib/errors.ts";
import { type Event, isAllDay } from "#lib/model/event.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as events from "#lib/sql/events.ts";
import { parseInstanceId } from "./instance-key.ts";
import { instanceOf, seriesOf } from "./series.ts";

/**
 * The place in a series that an id `<master>_<original start>` names: the instance that is there while nobody has changed it.
 * Undefined when the master is not there or has no instance there. Of a deleted series the instances are cancelled too.
 */
export const findPlace = async (db: Connection, calendarId: string, id: string): Promise<Event | undefined> => {
  const parsed = parseInstanceId(id);
  const master = parsed && (await events.find(db, calendarId, parsed.masterId));
  if (!parsed || !master || isAllDay(master.start) !== parsed.allDay) return undefined;
  const occurrence = seriesOf(master)?.at(parsed.start);
  return occurrence && instanceOf(master, occurrence);
};

/** The event, or instance of a series, with an id; undefined when there is none. */
export const findEventOrInstance = async (db: Connection, calendarId: string, id: string): Promise<Event | undefined> =>
  (await events.find(db, calendarId, id)) ?? (await findPlace(db, calendarId, id));

/** The same; throws `notFound`. */
export const getEventOrInstance = async (db: Connection, calendarId: string, id: string): Promise<Event> => {
  const found = await findEventOrInstance(db, calendarId, id);
  if (!found) throw new Failure("notFound");
  return found;
};
