import { Failure } from "#lib/errors.ts";
import type { Event } from "#lib/model/event.ts";
import { isAllDay } from "#lib/model/event.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as events from "#lib/sql/events.ts";
import { parseInstanceId } from "./instance-key.ts";
import { instanceOf, seriesOf } from "./series.ts";

/**
 * The instance that an id `<master>_<original start>` names while nobody has changed it; throws `notFound` when the master is
 * not there or its rule puts no instance there. Of a deleted series the instances are cancelled too.
 */
export const findInstance = async (db: Connection, calendarId: string, id: string): Promise<Event> => {
  const parsed = parseInstanceId(id);
  const master = parsed && (await events.find(db, calendarId, parsed.masterId));
  if (!parsed || !master || isAllDay(master.start) !== parsed.allDay) throw new Failure("notFound");
  const occurrence = seriesOf(master)?.at(parsed.start);
  if (!occurrence) throw new Failure("notFound");
  return instanceOf(master, occurrence);
};
