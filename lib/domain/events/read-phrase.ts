import type { Chrono, ParsingComponents, ParsingResult } from "chrono-node/en";
import type { EventTime, TimedTime } from "#lib/model/event.ts";
import type { Zone } from "#lib/model/zone.ts";
import { dateOf, day } from "./days.ts";
import { type PhraseLength, readLength } from "./phrase-length.ts";
import { type Piece, readTitle, type Title } from "./phrase-title.ts";

/** An event as a phrase says it: `Dinner at Luigi's tomorrow at 7pm`. */
export interface Phrase extends Title {
  readonly start: EventTime;
  readonly end: EventTime;
}

const minute = 60_000;
const usualLength = 60 * minute;

/** Words that mean a time of the day without naming an hour. */
const isTimeOfDay = (tag: string): boolean =>
  /^casualReference\/(?:morning|noon|afternoon|evening|night|tonight|midnight)$/.test(tag);

const hasDay = (at: ParsingComponents): boolean => at.isCertain("day") || at.isCertain("weekday") || at.isCertain("month");
const hasTime = (at: ParsingComponents): boolean => at.isCertain("hour") || [...at.tags()].some(isTimeOfDay);

/**
 * An hour from 1 to 6 that nobody calls a.m. or p.m. is one of the afternoon: `Coffee at 4`. One that is written as clocks show it,
 * `04:00`, is not. The end of a range follows its start: `from 10 to 2`.
 */
const preferAfternoon = (phrase: string, { text, start, end }: ParsingResult): void => {
  if (!start.tags().has("parser/ENTimeExpressionParser")) return;
  const hour = start.get("hour") ?? 0;
  const isClock = /^\D*0\d/.test(text) || /\bmorning\b/i.test(phrase);
  if (!isClock && hour >= 1 && hour <= 6 && !start.isCertain("meridiem")) {
    start.assign("hour", hour + 12).imply("meridiem", 1);
  }
  if (!end || end.isCertain("meridiem")) return;
  const [from, to] = [start.get("hour") ?? 0, end.get("hour") ?? 0];
  if (to >= from || to + 12 <= from) return;
  end.assign("hour", to + 12).imply("meridiem", 1);
  for (const component of ["year", "month", "day"] as const) end.imply(component, start.get(component) ?? 0);
};

/** The wall clock that components say, as if UTC; the time of the day may come from others. */
const wallClock = (date: ParsingComponents, time: ParsingComponents = date): number => {
  const at = new Date(0);
  at.setUTCFullYear(date.get("year") ?? 0, (date.get("month") ?? 1) - 1, date.get("day") ?? 1);
  return at.setUTCHours(time.get("hour") ?? 0, time.get("minute") ?? 0, time.get("second") ?? 0);
};

const score = ({ start }: ParsingResult): number =>
  (hasDay(start) ? 4 : 0) + (hasTime(start) ? 2 : 0) + (start.isCertain("meridiem") ? 1 : 0);

const best = (results: readonly ParsingResult[]): ParsingResult | undefined =>
  results.toSorted((one, other) => score(other) - score(one))[0];

/** What a phrase says of when: a date, and a time that may stand elsewhere in it. */
interface When {
  readonly date: ParsingResult;
  readonly time: ParsingResult | undefined;
}

const whenOf = (results: readonly ParsingResult[]): When | undefined => {
  const date = best(results);
  if (!date) return undefined;
  if (hasTime(date.start)) return { date, time: date };
  return { date, time: results.find(({ start }) => start.isCertain("hour") && !hasDay(start)) };
};

/** A stretch of wall clocks, as if UTC; `end` where the phrase names one. */
interface Stretch {
  readonly start: number;
  readonly end: number | undefined;
}

const stretchOf = ({ date, time = date }: When): Stretch => {
  const start = wallClock(date.start, time.start);
  const until = time.end ?? date.end;
  if (!until) return { start, end: undefined };
  // Of a time beside a date the end may be on the next day, counted from its own start.
  const days = time === date ? 0 : Math.floor(wallClock(until) / day) - Math.floor(wallClock(time.start) / day);
  return { start, end: time === date ? wallClock(until) : wallClock(date.start, until) + days * day };
};

const yearLater = (local: number): number => {
  const at = new Date(local);
  return at.setUTCFullYear(at.getUTCFullYear() + 1);
};

/** The next time that a phrase can mean, when what it says does not name the year, the day, or the week, and is over. */
const forward = ({ date }: When, { start, end }: Stretch, isOver: (local: number) => boolean): Stretch => {
  const later = (step: (local: number) => number): Stretch => ({ start: step(start), end: end === undefined ? end : step(end) });
  const says = (component: "year" | "month" | "day" | "weekday") => date.start.isCertain(component);
  if (!isOver(start) || says("year") || /\b(?:last|past)\b/i.test(date.text)) return { start, end };
  if (says("month")) return later(yearLater);
  if (says("weekday") && !says("day")) return later((local) => local + 7 * day);
  return hasDay(date.start) ? { start, end } : later((local) => local + day);
};

const timedAt = (instant: number, zone: Zone): TimedTime => ({ instant, local: zone.toLocal(instant), zone: zone.name });

/** Wall clocks are those of the zone; or, when the phrase names an offset (`3pm EST`, `in 30 minutes`), of that. */
const timed = (local: number, { start }: ParsingResult, zone: Zone): TimedTime => {
  if (start.isCertain("timezoneOffset")) return timedAt(local - (start.get("timezoneOffset") ?? 0) * minute, zone);
  return { instant: zone.toInstant(local), local, zone: zone.name };
};

type Times = Pick<Phrase, "start" | "end">;

const timedPhrase = (when: When, length: PhraseLength | undefined, moment: number, zone: Zone): Times => {
  const at = (local: number) => timed(local, when.time ?? when.date, zone);
  const said = forward(when, stretchOf(when), (local) => at(local).instant < moment);
  const start = at(said.start);
  if (length?.unit === "days") return { start, end: at(said.start + length.count * day) };
  if (length) return { start, end: timedAt(start.instant + length.count * minute, zone) };
  const end = said.end === undefined ? undefined : at(said.end);
  return { start, end: end && end.instant > start.instant ? end : timedAt(start.instant + usualLength, zone) };
};

const startOfDay = (local: number): number => Math.floor(local / day) * day;

const daysFrom = (first: number, count: number): Times => ({
  start: { date: dateOf(first) },
  end: { date: dateOf(first + count * day) },
});

const wholeDays = (when: When, length: PhraseLength | undefined, moment: number, zone: Zone): Times => {
  const today = startOfDay(zone.toLocal(moment));
  const said = forward(when, stretchOf(when), (local) => startOfDay(local) < today);
  const first = startOfDay(said.start);
  const last = startOfDay(said.end ?? said.start);
  return daysFrom(first, length ? length.count : Math.max(0, (last - first) / day) + 1);
};

/** Without any time it is now, by the minute; or today, when it lasts for days. */
const rightNow = (length: PhraseLength | undefined, moment: number, zone: Zone): Times => {
  if (length?.unit === "days") return daysFrom(startOfDay(zone.toLocal(moment)), length.count);
  return { start: timedAt(moment, zone), end: timedAt(moment + (length ? length.count * minute : usualLength), zone) };
};

/**
 * Reads an English phrase as people say it in a zone at a moment. Times without a date, days of the week and dates without a year
 * are the next ones; a date without a time is whole days; without a length it is an hour, or a day.
 *
 * @param now epoch milliseconds.
 */
export type ReadPhrase = (text: string, now: number, zone: Zone) => Phrase;

const reader =
  (chrono: Chrono): ReadPhrase =>
  (text, now, zone) => {
    const moment = Math.floor(now / minute) * minute;
    const length = readLength(text);
    const rest = length ? `${text.slice(0, length.from)}${" ".repeat(length.to - length.from)}${text.slice(length.to)}` : text;
    const reference = { instant: new Date(moment), timezone: Math.round(zone.offsetAt(moment) / minute) };
    const when = whenOf(chrono.parse(rest, reference) as ParsingResult[]);
    const isAllDay = when !== undefined && when.time === undefined;
    // How many hours whole days last says nothing: it stays in the title.
    const used = isAllDay && length?.unit === "minutes" ? undefined : length;

    const said = when ? [...new Set([when.date, ...(when.time ? [when.time] : [])])] : [];
    const pieces: Piece[] = said.map(({ index, text: words }) => ({ from: index, to: index + words.length }));
    if (used) pieces.push(used);
    pieces.sort((one, other) => one.from - other.from);
    const times = when ? (isAllDay ? wholeDays : timedPhrase)(when, used, moment, zone) : rightNow(used, moment, zone);
    return { ...times, ...readTitle(text, pieces) };
  };

/** Gives the function that reads phrases. The grammar is loaded when it is first asked for: few processes ever need it. */
export const loadPhraseReader = async (): Promise<ReadPhrase> => {
  const { casual } = await import("chrono-node/en");
  const chrono = casual.clone();
  chrono.refiners.unshift({
    refine: (context, results) => {
      for (const result of results) preferAfternoon(context.text, result);
      return results;
    },
  });
  return reader(chrono);
};
