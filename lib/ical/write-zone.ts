/**
 * An IANA zone as a VTIMEZONE (RFC 5545, 3.6.5). Most readers know the zone by its name; the others get its history from the first year
 * that matters, and rules that hold on in future years, which is what Apple's and Microsoft's programs rely on.
 */
import { findZone, type Zone } from "#lib/model/zone.ts";
import { basicStamp } from "./read-time.ts";
import { writeLine } from "./write-line.ts";

interface Change {
  readonly daylight: boolean;
  readonly before: number;
  readonly after: number;
  /** Wall clock in the offset before it. */
  readonly local: number;
}

/** Changes of following years that one rule describes. */
interface Run extends Change {
  readonly month: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly locals: number[];
}

const dayMs = 86_400_000;
const yearMs = 365.2425 * dayMs;
/** Years ahead in which to look for a rule: all dates of a weekday rule come up within 28. */
const yearsAhead = 30;
const weekdays = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

/** The text of a VTIMEZONE that is right from the start of `since`'s year on. `now` tells which rules are those of the future. */
export const writeZone = (name: string, since: number, now: number): string => {
  const zone = findZone(name);
  if (!zone) throw new RangeError(`There is no time zone ${JSON.stringify(name)}.`);
  const start = Date.UTC(new Date(since).getUTCFullYear(), 0, 1);
  const endYear = Math.max(new Date(now).getUTCFullYear(), new Date(start).getUTCFullYear()) + yearsAhead;
  const base = zone.offsetAt(start);

  let text = writeLine("BEGIN", "VTIMEZONE") + writeLine("TZID", name) + writeLine("X-LIC-LOCATION", name);
  text += writeObservance({ daylight: isDaylight(zone, start), before: base, after: base, local: start + base }, []);
  const single: Run[] = [];
  for (const run of runsOf(changesOf(zone, start, Date.UTC(endYear + 1, 0, 1)))) {
    const goesOn = yearOf(run.locals.at(-1) ?? 0) === endYear;
    // Years that a rule has in common by chance are no rule.
    if (run.locals.length >= 3) text += writeObservance(run, ruleOf(run, goesOn));
    else single.push(run);
  }
  for (const runs of Map.groupBy(single, ({ daylight, before, after }) => `${daylight} ${before} ${after}`).values()) {
    const [first, ...rest] = runs.flatMap(({ locals }) => locals).sort((a, b) => a - b);
    const change = runs[0];
    if (first === undefined || !change) continue;
    text += writeObservance(
      { ...change, local: first },
      rest.length > 0 ? [writeLine("RDATE", rest.map(basicStamp).join(","))] : [],
    );
  }
  return text + writeLine("END", "VTIMEZONE");
};

const changesOf = (zone: Zone, from: number, to: number): readonly Change[] => {
  let before = zone.offsetAt(from);
  return zone.transitions(from + 1, to).map(({ at, offset }) => {
    const change = { daylight: isDaylight(zone, at), before, after: offset, local: at + before };
    before = offset;
    return change;
  });
};

/** Whether the offset in force at an instant is a summer one: left within the year for a smaller one, and not entered from a larger. */
const isDaylight = (zone: Zone, instant: number): boolean => {
  const offset = zone.offsetAt(instant);
  const next = zone.transitions(instant + 1, instant + yearMs)[0];
  const last = zone.transitions(instant - yearMs, instant + 1).at(-1);
  const cameFrom = last ? zone.offsetAt(last.at - 1) : undefined;
  return next !== undefined && next.offset < offset && (cameFrom === undefined || cameFrom < offset);
};

const yearOf = (local: number): number => new Date(local).getUTCFullYear();
const dayOfMonth = (local: number): number => new Date(local).getUTCDate();

/** Groups the changes that fall on the same weekday, in the same week of the same month, at the same time, year after year. */
const runsOf = (changes: readonly Change[]): readonly Run[] => {
  const runs: Run[] = [];
  const open = new Map<string, Run>();
  for (const change of changes) {
    const { daylight, before, after, local } = change;
    const date = new Date(local);
    const [month, weekday] = [date.getUTCMonth(), date.getUTCDay()];
    const key = [daylight, before, after, month, weekday, local - Math.floor(local / dayMs) * dayMs].join(" ");
    const run = open.get(key);
    if (run && yearOf(run.locals.at(-1) ?? 0) === yearOf(local) - 1 && rulePart({ ...run, locals: [...run.locals, local] })) {
      run.locals.push(local);
      continue;
    }
    const begun: Run = { ...change, month, weekday, locals: [local] };
    open.set(key, begun);
    runs.push(begun);
  }
  return runs;
};

/** The part of a rule that picks the day: `BYDAY=2SU`, `BYDAY=-1SU`, or any seven days in a row with that weekday. */
const rulePart = ({ weekday, locals }: Run): string | undefined => {
  const days = locals.map(dayOfMonth);
  const name = weekdays[weekday];
  const [earliest, latest] = [Math.min(...days), Math.max(...days)];
  if (locals.every((local) => new Date(local + 7 * dayMs).getUTCDate() <= 7)) return `BYDAY=-1${name}`;
  const nth = Math.ceil(earliest / 7);
  if (nth === Math.ceil(latest / 7)) return `BYDAY=${nth}${name}`;
  if (latest - earliest > 6) return undefined;
  const first = Math.min(earliest, latest - 6 > 0 ? Math.max(latest - 6, 1) : 1);
  return `BYMONTHDAY=${Array.from({ length: 7 }, (_, i) => first + i).join(",")};BYDAY=${name}`;
};

const ruleOf = (run: Run, goesOn: boolean): readonly string[] => {
  // RFC 5545, 3.3.10: in a VTIMEZONE, UNTIL is in UTC.
  const until = goesOn ? "" : `;UNTIL=${basicStamp((run.locals.at(-1) ?? 0) - run.before)}Z`;
  return [writeLine("RRULE", `FREQ=YEARLY;BYMONTH=${run.month + 1};${rulePart(run)}${until}`)];
};

const writeObservance = ({ daylight, before, after, local }: Change, lines: readonly string[]): string => {
  const name = daylight ? "DAYLIGHT" : "STANDARD";
  return [
    writeLine("BEGIN", name),
    writeLine("DTSTART", basicStamp(local)),
    writeLine("TZOFFSETFROM", writeOffset(before)),
    writeLine("TZOFFSETTO", writeOffset(after)),
    ...lines,
    writeLine("END", name),
  ].join("");
};

/** `+0100`, with seconds where a zone has them (RFC 5545, 3.3.14). */
const writeOffset = (offset: number): string => {
  const size = Math.abs(Math.round(offset / 1_000));
  const [hours, minutes, seconds] = [Math.floor(size / 3_600), Math.floor(size / 60) % 60, size % 60];
  const digits = [hours, minutes, ...(seconds > 0 ? [seconds] : [])].map((part) => String(part).padStart(2, "0"));
  return (offset < 0 ? "-" : "+") + digits.join("");
};
