/**
 * Events of ours as an iCalendar stream (RFC 5545, RFC 7986). It carries no METHOD: with one, Outlook and others take a file for an
 * invitation to answer rather than for a calendar.
 */
import { type Event, isAllDay } from "#lib/model/event.ts";
import { writeEvent, writeExclusions, zonesOf } from "./write-event.ts";
import { writeLine, writeText } from "./write-line.ts";
import { writeZone } from "./write-zone.ts";

export interface CalendarToWrite {
  readonly name: string;
  readonly description?: string;
  /** The calendar's own zone, an IANA name. */
  readonly zone: string;
  readonly prodId?: string;
}

export interface WriteOptions {
  /** Tells which rules of a zone are today's. The text does not depend on it otherwise, so it stays the same while the events do. */
  readonly now: number;
  /** No timed event starts earlier, so that zones need not be described further back. Unless given, 1970, or what `writeCalendar` finds. */
  readonly since?: number;
}

/** Writes a calendar piece by piece, for those who read events from somewhere slow: first `head`, then each series, then `foot`. */
export interface CalendarWriter {
  head(): string;
  /**
   * One UID: a single event, or a master and its changed and cancelled instances, in any order. Leads with the VTIMEZONE of each zone
   * that no piece before has named.
   */
  series(events: readonly Event[]): string;
  foot(): string;
}

export const calendarWriter = (calendar: CalendarToWrite, { now, since = 0 }: WriteOptions): CalendarWriter => {
  const { name, description, zone, prodId = "-//calendar-api//Calendar//EN" } = calendar;
  const described = new Set<string>();
  return {
    head: () =>
      [
        writeLine("BEGIN", "VCALENDAR"),
        writeLine("VERSION", "2.0"),
        writeLine("PRODID", prodId),
        writeLine("CALSCALE", "GREGORIAN"),
        writeText("NAME", name),
        writeText("X-WR-CALNAME", name),
        ...(description ? [writeText("DESCRIPTION", description), writeText("X-WR-CALDESC", description)] : []),
        writeLine("X-WR-TIMEZONE", zone),
      ].join(""),
    series: (events) => {
      const zones = new Set(events.flatMap(zonesOf)).difference(described);
      for (const zone of zones) described.add(zone);
      return [...zones].map((zone) => writeZone(zone, since, now)).join("") + writeSeries(events);
    },
    foot: () => writeLine("END", "VCALENDAR"),
  };
};

/**
 * A cancelled instance becomes an EXDATE of its master, which every program understands, rather than a VEVENT with STATUS:CANCELLED,
 * which many show. A cancelled single event or series is left out with all that belongs to it; so is a cancelled instance alone.
 */
const writeSeries = (events: readonly Event[]): string => {
  const main = events.find((event) => event.originalStart === undefined);
  if (main?.status === "cancelled") return "";
  const instances = events.flatMap((event) => (event.originalStart ? [{ event, originalStart: event.originalStart }] : []));
  const cancelled = instances.filter(({ event }) => event.status === "cancelled").map(({ originalStart }) => originalStart);
  const kept = instances.filter(({ event }) => event.status !== "cancelled").map(({ event }) => writeEvent(event, []));
  if (!main) return kept.join("");

  const recurrence = main.recurrence ?? [];
  const exclusions = recurrence.length > 0 ? writeExclusions(main.start, cancelled) : [];
  return writeEvent(main, [...recurrence, ...exclusions]) + kept.join("");
};

/** A calendar in pieces; `groups` holds one array per UID, as `CalendarWriter.series` takes it. */
export function* calendarChunks(
  calendar: CalendarToWrite,
  groups: Iterable<readonly Event[]>,
  options: WriteOptions,
): Generator<string> {
  const writer = calendarWriter(calendar, options);
  yield writer.head();
  for (const events of groups) {
    const text = writer.series(events);
    if (text !== "") yield text;
  }
  yield writer.foot();
}

/** A whole calendar as one text; its events in any order. */
export const writeCalendar = (calendar: CalendarToWrite, events: Iterable<Event>, options: WriteOptions): string => {
  let since = options.now;
  const groups = Map.groupBy(events, (event) => {
    if (!isAllDay(event.start)) since = Math.min(since, event.start.instant);
    return event.iCalUID;
  });
  return [...calendarChunks(calendar, groups.values(), { since, ...options })].join("");
};
