/** An iCalendar stream as drafts of ours, one entry per UID (RFC 5545, RFC 7986). Pure: no database, no clock, no environment. */
import { type EventDraft, isAllDay } from "#lib/model/event.ts";
import { findZone } from "#lib/model/zone.ts";
import { type Component, components, type Wanted } from "./component.ts";
import { plainText } from "./content-line.ts";
import { alarmLines } from "./read-details.ts";
import { EventProblem, eventLines, type ReadEvent, readEvent } from "./read-event.ts";
import { observanceLines, zoneLines } from "./read-zone.ts";
import { type ZoneResolver, zoneResolver, zonesRead } from "./resolve-zone.ts";

export interface ReadCalendar {
  /** X-WR-CALNAME or NAME (RFC 7986, 5.1). */
  readonly name?: string;
  /** X-WR-CALDESC or DESCRIPTION (RFC 7986, 5.2). */
  readonly description?: string;
  /** X-WR-TIMEZONE, if it means an IANA zone. */
  readonly zone?: string;
  readonly series: readonly ReadSeries[];
  /** What was left out and why. Past `limits.skipped` entries only the first are here and the last says how many more there are. */
  readonly skipped: readonly SkippedComponent[];
}

/** All that a stream says under one UID. */
export interface ReadSeries {
  readonly uid: string;
  /** The single event, or the master of the series. Without it, `overrides` are invitations to single instances. */
  readonly main?: EventDraft;
  /** Changed or cancelled instances; each has its `originalStart`. */
  readonly overrides: readonly EventDraft[];
  /** What was read otherwise than written, as sentences for people. */
  readonly notes: readonly string[];
}

export interface SkippedComponent {
  readonly uid?: string;
  readonly component: string;
  readonly reason: string;
}

export interface ReadOptions {
  /** Where times without a zone are read, unless the stream names its own (X-WR-TIMEZONE). An IANA name. */
  readonly zone: string;
  readonly limits?: {
    /** Events that are read; what follows is skipped. 250 000 unless given. */
    readonly events?: number;
    /** Entries in `skipped`; 1 000 unless given. */
    readonly skipped?: number;
  };
}

/** The text is not iCalendar at all. */
export class CalendarTextError extends Error {
  readonly line?: number;

  constructor(message: string, line?: number) {
    super(message);
    this.name = "CalendarTextError";
    if (line !== undefined) this.line = line;
  }
}

const calendarLines = new Set(["NAME", "X-WR-CALNAME", "DESCRIPTION", "X-WR-CALDESC", "X-WR-TIMEZONE"]);
const frame: Wanted = { VCALENDAR: calendarLines, VTIMEZONE: zoneLines, STANDARD: observanceLines, DAYLIGHT: observanceLines };
/** Of what is skipped, the UID tells which it was. */
const uidLine = new Set(["UID"]);
const content: Wanted = {
  ...{ VEVENT: eventLines, VALARM: alarmLines },
  ...{ VTODO: uidLine, VJOURNAL: uidLine, VFREEBUSY: uidLine, VAVAILABILITY: uidLine },
};

/** Reads a whole stream, several VCALENDARs included. One bad event costs no other. Throws only CalendarTextError, for any text. */
export const readCalendar = (text: string, { zone, limits = {} }: ReadOptions): ReadCalendar => {
  if (!findZone(zone)) throw new RangeError(`There is no time zone ${JSON.stringify(zone)}.`);
  if (!/(?:^|[^A-Z-])BEGIN:(?:VCALENDAR|VEVENT)/i.test(text)) {
    throw new CalendarTextError("This is not iCalendar: no line says BEGIN:VCALENDAR.", 1);
  }
  const { properties, zonesOf } = readFrame(text, zone);
  const series = new Map<string, SeriesInProgress>();
  const skipped = skippedList(limits.skipped ?? 1_000);
  const mostEvents = limits.events ?? 250_000;
  let events = 0;

  // Zones may stand after the events that use them, hence a pass of its own for them.
  for (const component of components(text, content)) {
    if (component.name === "VCALENDAR" || component.name === "VTIMEZONE") continue;
    const skip = (reason: string): void => skipped.add(component, reason);
    if (component.name !== "VEVENT") skip("Only events are read.");
    else if (!component.whole) skip("The text ends in the middle of it.");
    else if (events >= mostEvents) skip(`Only the first ${mostEvents} events are read.`);
    else {
      events += 1;
      try {
        collect(series, readEvent(component, zonesOf(component.calendar)));
      } catch (error) {
        if (!(error instanceof EventProblem)) throw error;
        skip(error.message);
      }
    }
  }
  return { ...properties, series: [...series.values()].map(finish), skipped: skipped.list() };
};

type Properties = Pick<ReadCalendar, "name" | "description" | "zone">;

/** What surrounds the events: the properties of the first calendar that has them, and the zones of each. */
const readFrame = (text: string, zone: string): { properties: Properties; zonesOf: (calendar: number) => ZoneResolver } => {
  const definitions: Component[][] = [];
  const floating: (string | undefined)[] = [];
  const found = new Map<string, string>();
  const read = zonesRead();
  for (const component of components(text, frame)) {
    const { name, calendar, lines } = component;
    definitions[calendar] ??= [];
    if (name === "VTIMEZONE") definitions[calendar]?.push(component);
    if (name !== "VCALENDAR") continue;
    for (const line of lines) {
      if (line.name === "X-WR-TIMEZONE") floating[calendar] ??= read.nameOf(line.value);
      else if (!found.has(line.name) && line.value !== "") found.set(line.name, plainText(line.value));
    }
  }
  const name = found.get("X-WR-CALNAME") ?? found.get("NAME");
  const description = found.get("X-WR-CALDESC") ?? found.get("DESCRIPTION");
  let current: { calendar: number; resolver: ZoneResolver } | undefined;
  const ownZone = floating.find((own) => own !== undefined);
  return {
    properties: {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(ownZone === undefined ? {} : { zone: ownZone }),
    },
    zonesOf: (calendar) => {
      if (current?.calendar !== calendar) {
        current = { calendar, resolver: zoneResolver(definitions[calendar] ?? [], floating[calendar] ?? zone, read) };
      }
      return current.resolver;
    },
  };
};

interface SeriesInProgress {
  readonly uid: string;
  main?: ReadEvent;
  readonly overrides: Map<string, ReadEvent>;
  readonly notes: Set<string>;
}

/** Notes kept per UID. */
const mostNotes = 20;

/** Puts an event to the others of its UID. Of two versions of the same, the one with the higher SEQUENCE, then DTSTAMP, stays. */
const collect = (all: Map<string, SeriesInProgress>, event: ReadEvent): void => {
  const { uid, draft, notes } = event;
  const series = all.get(uid) ?? { uid, overrides: new Map<string, ReadEvent>(), notes: new Set<string>() };
  all.set(uid, series);
  for (const note of notes) if (series.notes.size < mostNotes) series.notes.add(note);

  const instance = draft.originalStart;
  const key = instance ? (isAllDay(instance) ? instance.date : String(instance.instant)) : undefined;
  const rival = key === undefined ? series.main : series.overrides.get(key);
  if (rival) series.notes.add("The file holds several versions of it; the newest is read.");
  if (rival && isNewer(rival, event)) return;
  if (key === undefined) series.main = event;
  else series.overrides.set(key, event);
};

const isNewer = (a: ReadEvent, b: ReadEvent): boolean => {
  const [first, second] = [a.draft.sequence ?? 0, b.draft.sequence ?? 0];
  return first === second ? a.stamp > b.stamp : first > second;
};

const finish = ({ uid, main, overrides, notes }: SeriesInProgress): ReadSeries => ({
  uid,
  ...(main ? { main: main.draft } : {}),
  overrides: [...overrides.values()].map(({ draft }) => atTimeOf(main?.draft, draft)),
  notes: [...notes],
});

/** Some name the instance of a timed series by its day, others that of an all-day series by midnight: both mean the one of that day. */
const atTimeOf = (main: EventDraft | undefined, override: EventDraft): EventDraft => {
  const instance = override.originalStart;
  if (!main || !instance || isAllDay(main.start) === isAllDay(instance)) return override;
  if (isAllDay(main.start)) {
    return isAllDay(instance)
      ? override
      : { ...override, originalStart: { date: new Date(instance.local).toISOString().slice(0, 10) } };
  }
  const zone = findZone(main.start.zone);
  if (!zone || !isAllDay(instance)) return override;
  const local = Date.parse(instance.date) + (((main.start.local % dayMs) + dayMs) % dayMs);
  return { ...override, originalStart: { instant: zone.toInstant(local), local, zone: zone.name } };
};

const dayMs = 86_400_000;

const skippedList = (most: number): { add(component: Component, reason: string): void; list(): readonly SkippedComponent[] } => {
  const entries: SkippedComponent[] = [];
  let more = 0;
  return {
    add: ({ name, lines }, reason) => {
      const uid = lines.find((line) => line.name === "UID")?.value.trim();
      if (entries.length < most) entries.push({ ...(uid ? { uid } : {}), component: name, reason });
      else more += 1;
    },
    list: () => (more > 0 ? [...entries, { component: "*", reason: `${more} more are skipped.` }] : entries),
  };
};
