import { Failure } from "#lib/errors.ts";
import { type Event, type EventTime, isAllDay } from "#lib/model/event.ts";
import { findZone, type Zone } from "#lib/model/zone.ts";
import { RecurrenceError } from "#lib/recurrence/error.ts";
import { compileSeries, type Occurrence, type Series, type SeriesStart } from "#lib/recurrence/series.ts";
import { dateOf, dayNumber } from "./days.ts";
import { instanceId, keyOfStart } from "./instance-key.ts";

/** The zone of a stored time: its name was checked when it was written. */
export const zoneNamed = (name: string): Zone => {
  const zone = findZone(name);
  if (!zone) throw new Error("A stored time zone is unknown to this machine's time zone data.");
  return zone;
};

/** The start of a series and the length of its instances, as the expander wants them. */
export const startOf = ({ start, end }: Pick<Event, "start" | "end">): SeriesStart => {
  if (isAllDay(start) || isAllDay(end)) {
    const first = dayNumber((start as { date: string }).date);
    return {
      local: first,
      zone: null,
      allDay: true,
      duration: { kind: "wall", ms: dayNumber((end as { date: string }).date) - first },
    };
  }
  const sameZone = start.zone === end.zone;
  return {
    local: start.local,
    zone: zoneNamed(start.zone),
    allDay: false,
    instant: start.instant,
    // In one zone an event ends by the wall clock on every day, also when the clocks change; between two it lasts as long.
    duration: sameZone ? { kind: "wall", ms: end.local - start.local } : { kind: "exact", ms: end.instant - start.instant },
  };
};

/** What a client is told of a rule that cannot be read or would cost too much. */
export const refusalOf = (error: RecurrenceError): Failure =>
  new Failure("invalid", { location: "recurrence", message: `Invalid recurrence rule: ${error.message}`, cause: error });

/** The series an event is the master of. Throws `invalid` at `recurrence`, saying which part of which line is wrong. */
export const compile = (event: Pick<Event, "start" | "end" | "recurrence">): Series => {
  try {
    return compileSeries(startOf(event), event.recurrence ?? []);
  } catch (error) {
    if (!(error instanceof RecurrenceError)) throw error;
    throw refusalOf(error);
  }
};

/** The series of an event that is the master of one; undefined for all others, and for imported rules that cannot be expanded. */
export const seriesOf = (event: Pick<Event, "start" | "end" | "recurrence">): Series | undefined => {
  if (!event.recurrence || event.recurrence.length === 0) return undefined;
  try {
    return compileSeries(startOf(event), event.recurrence);
  } catch (error) {
    if (error instanceof RecurrenceError) return undefined;
    throw error;
  }
};

/** A time `instant` milliseconds after the epoch, of the kind and zone that `like` has; all-day ones count as-if-UTC. */
const timeLike = (like: EventTime, instant: number): EventTime =>
  isAllDay(like) ? { date: dateOf(instant) } : { instant, local: zoneNamed(like.zone).toLocal(instant), zone: like.zone };

/** One instance of a series, as it is while nobody has changed it. */
export const instanceOf = (master: Event, occurrence: Occurrence): Event => {
  const { recurrence, ...rest } = master;
  const start = timeLike(master.start, occurrence.start);
  const key = keyOfStart(occurrence.start, isAllDay(master.start));
  return {
    ...rest,
    ...(rest.copyOf && { copyOf: { ...rest.copyOf, eventId: instanceId(rest.copyOf.eventId, key) } }),
    id: instanceId(master.id, key),
    recurringEventId: master.id,
    originalStart: start,
    start,
    end: timeLike(master.end, occurrence.end),
  };
};
