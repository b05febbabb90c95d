/**
 * From what a file calls a time zone to the IANA zone that it means. A TZID is only a name for a VTIMEZONE of the same file (RFC 5545,
 * 3.8.3.1); in practice most are IANA names in some disguise, many are Windows names, and some are made up.
 */
import { findZone } from "#lib/model/zone.ts";
import type { Component } from "./component.ts";
import { readZone, type ZoneDefinition } from "./read-zone.ts";
import { fromShownName, fromWindowsName, windowsZones } from "./windows-zones.ts";

export type ResolvedZone = { readonly zone: string; readonly note?: string } | { readonly reason: string };

/** Reads the TZIDs of one VCALENDAR. */
export interface ZoneResolver {
  /** The zone of times without any (RFC 5545, 3.3.5, form 1). */
  readonly floating: string;
  /** `local` is the wall clock to be read: a definition that matches no IANA zone is only good for the offset at that time. */
  resolve(tzid: string, local: number): ResolvedZone;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Tried first for made-up names, so that Berlin's rules mean Europe/Berlin and not Arctic/Longyearbyen. */
const wellKnown = [
  ...[
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Helsinki",
  ],
  ...["America/Anchorage", "America/Halifax", "America/St_Johns", "America/Sao_Paulo", "America/Santiago", "America/Mexico_City"],
  ...["Europe/Moscow", "Europe/Istanbul", "Asia/Jerusalem", "Africa/Cairo", "Asia/Tehran", "Asia/Kolkata", "Asia/Kathmandu"],
  ...["Australia/Sydney", "Australia/Adelaide", "Australia/Darwin", "Pacific/Auckland"],
];

/** Years in which a rule is compared. The newest go first; the older ones are for files that were never brought up to date. */
const eras = [
  { first: 2025, last: 2031 },
  { first: 2015, last: 2021 },
  { first: 2008, last: 2013 },
  { first: 1998, last: 2005 },
] as const;

/** A file that defines more zones of its own than this is not a calendar but an attempt to keep us busy. */
const mostDefinitions = 50;
/** Names that are looked up and kept in mind. */
const mostNames = 1_000;

/** The IANA zone that a name alone says: `Europe/Berlin`, also behind a prefix or in another case, Windows' and Outlook's names. */
export const zoneOfName = (text: string): string | undefined => {
  const name = text
    .trim()
    .replace(/^"(.*)"$/, "$1")
    .trim();
  if (name.length > 200) return undefined;
  return (
    findZone(name)?.name ??
    zoneInPath(name) ??
    zoneOfOffset(name) ??
    fromWindowsName(name) ??
    // "Pacific Standard Time 1" is the name Outlook gives to a changed copy, "Eastern Daylight Time" one that only old files have.
    fromWindowsName(name.replace(/ \d+$/, "").replace(/ (?:Daylight|Summer) Time/i, " Standard Time")) ??
    zoneShown(name)
  );
};

/** `/mozilla.org/20070129_1/Europe/Berlin` (RFC 5545, 3.8.3.1: a leading slash makes a name globally unique) and `America/New York`. */
const zoneInPath = (name: string): string | undefined => {
  const parts = name.replaceAll(" ", "_").split("/");
  if (parts.length < 2) return undefined;
  for (let from = Math.max(0, parts.length - 3); from < parts.length; from += 1) {
    const zone = findZone(parts.slice(from).join("/"));
    if (zone) return zone.name;
  }
  return undefined;
};

/** `UTC+2`, `GMT-0500`, `+01:00`: whole hours have a zone of their own. */
const zoneOfOffset = (name: string): string | undefined => {
  const match = /^(?:UTC|GMT)?([+-]\d{1,2})(?::?00)?$/i.exec(name);
  return match ? fixedZone(Number(match[1]) * hourMs) : undefined;
};

/** `(UTC-05:00) Eastern Time (US & Canada)` and `(GMT+01:00) Amsterdam, Berlin, …`: a known text, or a city that has a zone. */
const zoneShown = (name: string): string | undefined => {
  const [, sign = "+", hours = 0, minutes = 0, rest = name] =
    /^\((?:UTC|GMT)(?:([+-])(\d{1,2})[:.]?(\d\d)?)?\)\s*(.+)$/i.exec(name) ?? [];
  const known = fromShownName(rest);
  if (known !== undefined || rest === name) return known;

  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
  for (const city of rest.split(/[,;:(]/).slice(0, 8)) {
    const zone = cities().get(city.trim().replaceAll(" ", "_").toLowerCase());
    const table = zone === undefined ? undefined : findZone(zone);
    if (table && [Date.UTC(2025, 0), Date.UTC(2025, 6)].some((instant) => table.offsetAt(instant) === offset)) return table.name;
  }
  return undefined;
};

let zonesByCity: ReadonlyMap<string, string> | undefined;

/** Zones by the last part of their names in lower case; where two share one, Windows' choice comes before the others. Made once. */
const cities = (): ReadonlyMap<string, string> => {
  zonesByCity ??= new Map(
    [...Intl.supportedValuesOf("timeZone"), ...windowsZones()].map((zone) => [
      zone.slice(zone.lastIndexOf("/") + 1).toLowerCase(),
      zone,
    ]),
  );
  return zonesByCity;
};

/** The zone with the same offset for ever; its name has the sign of POSIX, so Etc/GMT-1 is one hour *east*. */
const fixedZone = (offset: number): string | undefined => {
  const hours = offset / hourMs;
  if (!Number.isInteger(hours) || hours < -12 || hours > 14) return undefined;
  return hours === 0 ? "UTC" : `Etc/GMT${hours > 0 ? "-" : "+"}${Math.abs(hours)}`;
};

/** The IANA zone that keeps the same offset as a definition, day for day, over some years. */
const zoneOfDefinition = (definition: ZoneDefinition): string | undefined => {
  const [offset, ...others] = definition.offsets;
  if (offset !== undefined && others.length === 0) {
    const fixed = fixedZone(offset);
    if (fixed !== undefined) return fixed;
  }
  const { first, last } = definition.years;
  // Without a rule that goes on, all it says is what happened in its own years.
  const spans = others.length > 0 && last < 9_999 ? [{ first: Math.max(first, last - 8), last }] : eras;
  for (const span of spans) {
    const days = dailyOffsets(definition, span);
    const zone = candidates().find((name) => keepsOffsets(name, days));
    if (zone !== undefined) return zone;
  }
  return undefined;
};

const candidates = (): readonly string[] => [...wellKnown, ...windowsZones()];

interface DailyOffsets {
  readonly start: number;
  readonly offsets: readonly number[];
}

/** Noons rather than the changes themselves: made-up zones change at the right day but not always at the right hour. */
const dailyOffsets = (definition: ZoneDefinition, { first, last }: { first: number; last: number }): DailyOffsets => {
  const onsets = definition.onsets(first, last);
  const closed = definition.years.last < 9_999 && definition.offsets.length > 1;
  const start = closed ? (onsets[1]?.at ?? 0) + dayMs : Date.UTC(first, 0, 1, 12);
  const end = closed ? (onsets.at(-1)?.at ?? 0) + 30 * dayMs : Date.UTC(last, 11, 31);
  const offsets: number[] = [];
  let at = 0;
  for (let instant = start; instant < end && offsets.length < 4_000; instant += dayMs) {
    while ((onsets[at + 1]?.at ?? Number.POSITIVE_INFINITY) <= instant) at += 1;
    offsets.push(onsets[at]?.offset ?? 0);
  }
  return { start, offsets };
};

const keepsOffsets = (name: string, { start, offsets }: DailyOffsets): boolean => {
  const zone = findZone(name);
  return zone !== undefined && offsets.every((offset, day) => zone.offsetAt(start + day * dayMs) === offset);
};

/** The offset of a definition at a wall clock. */
const offsetAtLocal = (definition: ZoneDefinition, local: number): number => {
  const year = new Date(local).getUTCFullYear();
  return definition.onsets(year - 1, year + 1).findLast((onset) => onset.at + onset.offset <= local)?.offset ?? 0;
};

/** What has been found out about the zones of a stream, over all its VCALENDARs: many hold one event each and all the same zone. */
export interface ZonesRead {
  /** `zoneOfName`, but of a file with more odd names than any calendar has, only IANA's own. */
  nameOf(text: string): string | undefined;
  readonly found: Map<string, ResolvedZone | ZoneDefinition>;
  definitions: number;
}

export const zonesRead = (): ZonesRead => {
  const names = new Map<string, string | undefined>();
  return {
    nameOf: (text) => {
      if (names.has(text)) return names.get(text);
      if (names.size >= mostNames) return findZone(text)?.name;
      const zone = zoneOfName(text);
      names.set(text, zone);
      return zone;
    },
    found: new Map(),
    definitions: 0,
  };
};

/** Reads the zones of one VCALENDAR; `components` are its VTIMEZONEs. */
export const zoneResolver = (components: readonly Component[], floating: string, read: ZonesRead): ZoneResolver => {
  const defined = new Map(components.map((component) => [keyOf(tzidOf(component)), component]));
  const known = new Map<string, ResolvedZone | ZoneDefinition>();

  const find = (tzid: string): ResolvedZone | ZoneDefinition => {
    const component = defined.get(keyOf(tzid));
    const key = JSON.stringify([tzid, floating, component ? contentOf(component) : ""]);
    const found = read.found.get(key) ?? findOut(tzid, component, floating, read);
    if (read.found.size < mostNames) read.found.set(key, found);
    return found;
  };

  return {
    floating,
    resolve: (tzid, local) => {
      let found = known.get(tzid);
      if (!found) {
        found = find(tzid);
        if (known.size < mostNames) known.set(tzid, found);
      }
      if (!("onsets" in found)) return found;
      const zone = fixedZone(offsetAtLocal(found, local));
      if (zone === undefined) return { reason: `The time zone ${quote(tzid)} is none that we know, nor whole hours from UTC.` };
      return { zone, note: `The time zone ${quote(tzid)} has rules of its own; this event keeps ${zone} all year.` };
    },
  };
};

const findOut = (
  tzid: string,
  component: Component | undefined,
  floating: string,
  read: ZonesRead,
): ResolvedZone | ZoneDefinition => {
  const named = read.nameOf(tzid);
  // EST and GMT are often given to a zone that has summer time all the same; Outlook numbers the copies of a zone that it has changed.
  const doubtful =
    component !== undefined && (/ \d+$/.test(tzid) || (named?.includes("/") === false && findZone(tzid) !== undefined));
  if (named !== undefined && !doubtful) return { zone: named };
  if (!component)
    return { zone: floating, note: `The time zone ${quote(tzid)} is not defined; its times are read in ${floating}.` };

  read.definitions += 1;
  if (read.definitions > mostDefinitions)
    return { reason: `The file defines more than ${mostDefinitions} time zones of its own.` };
  const definition = readZone(component);
  if (named !== undefined && (!definition || agrees(definition, named))) return { zone: named };
  const located = definition?.location === undefined ? undefined : read.nameOf(definition.location);
  const zone = located ?? (definition ? zoneOfDefinition(definition) : undefined) ?? named;
  if (zone !== undefined) return { zone };
  return (
    definition ?? { zone: floating, note: `The time zone ${quote(tzid)} has no offsets; its times are read in ${floating}.` }
  );
};

const contentOf = ({ lines, parts }: Component): unknown => [lines.map(({ name, value }) => [name, value]), parts.map(contentOf)];

const agrees = (definition: ZoneDefinition, name: string): boolean => keepsOffsets(name, dailyOffsets(definition, eras[0]));

const tzidOf = (component: Component): string => component.lines.find((line) => line.name === "TZID")?.value ?? "";

const keyOf = (tzid: string): string =>
  tzid
    .trim()
    .replace(/^"(.*)"$/, "$1")
    .replaceAll("\\", "")
    .toLowerCase();

const quote = (tzid: string): string => JSON.stringify(tzid.length > 80 ? `${tzid.slice(0, 80)}…` : tzid);
