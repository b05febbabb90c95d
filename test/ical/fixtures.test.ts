import { readFileSync } from "node:fs";
import { type ReadSeries, readCalendar } from "#lib/ical/read-calendar.ts";
import { type EventDraft, type EventTime, isAllDay } from "#lib/model/event.ts";
import { findZone } from "#lib/model/zone.ts";
import { compileSeries } from "#lib/recurrence/series.ts";

/** Exports as Google, Apple and Outlook write them, each over a change of clocks, against times worked out by hand. */

const read = (name: string) => {
  const file = (ending: string) => readFileSync(new URL(`./fixtures/${name}.${ending}`, import.meta.url), "utf8");
  return { calendar: readCalendar(file("ics"), { zone: "Europe/Berlin" }), expected: JSON.parse(file("expected.json")) };
};

interface Shown {
  readonly summary: string;
  /** A date, or an instant in ISO 8601. */
  readonly start: string;
  readonly end: string;
}

const wallOf = (time: EventTime): number => (isAllDay(time) ? Date.parse(time.date) : time.local);
const startOf = (time: EventTime): number => (isAllDay(time) ? Date.parse(time.date) : time.instant);

const shownAt = ({ details, start }: EventDraft, from: number, to: number): Shown => {
  const show = (time: number) => new Date(time).toISOString().slice(0, isAllDay(start) ? 10 : undefined);
  return { summary: details.summary ?? "", start: show(from), end: show(to) };
};

/** Every instance of a series that starts in a window, changed ones in place of those they change. */
const instancesOf = ({ main, overrides }: ReadSeries, from: number, to: number): readonly Shown[] => {
  const changed = overrides.map((draft) => shownAt(draft, startOf(draft.start), startOf(draft.end)));
  if (!main?.recurrence) return [...changed, ...(main ? [shownAt(main, startOf(main.start), startOf(main.end))] : [])];

  const replaced = new Set(overrides.flatMap(({ originalStart }) => (originalStart ? [startOf(originalStart)] : [])));
  const zone = isAllDay(main.start) ? null : (findZone(main.start.zone) ?? null);
  const duration = { kind: "wall", ms: wallOf(main.end) - wallOf(main.start) } as const;
  const series = compileSeries({ local: wallOf(main.start), zone, allDay: zone === null, duration }, main.recurrence);
  const found = [...series.occurrences({ from, to })].filter(({ start }) => !replaced.has(start));
  return [...changed, ...found.map(({ start, end }) => shownAt(main, start, end))];
};

describe.each(["google-team", "apple-holidays", "outlook-export"])("%s", (name) => {
  const { calendar, expected } = read(name);

  it("is read whole, but for what it says cannot be", () => {
    expect(calendar.series).toHaveLength(expected.uids);
    expect(calendar.series.flatMap(({ overrides }) => overrides)).toHaveLength(expected.overrides);
    expect(calendar.skipped.map(({ uid }) => uid)).toEqual(expected.skipped ?? []);
    expect(calendar.series.flatMap(({ notes }) => notes)).toEqual([]);
  });

  it("has its month of events at their times", () => {
    const [from, to] = [Date.parse(expected.from), Date.parse(expected.to)];
    const found = calendar.series.flatMap((series) => instancesOf(series, from, to));
    const plain = (time: string) => (time.length === 10 ? time : new Date(time).toISOString());
    const wanted: readonly Shown[] = expected.events.map((event: Shown) => ({
      ...event,
      start: plain(event.start),
      end: plain(event.end),
    }));
    const byStart = (a: Shown, b: Shown) => (a.start + a.summary).localeCompare(b.start + b.summary);
    expect(found.toSorted(byStart)).toEqual(wanted.toSorted(byStart));
  });

  it("names only IANA zones", () => {
    const text = JSON.stringify(calendar.series);
    expect(text).not.toMatch(/Standard Time|Customized/);
    expect(text).toMatch(/Europe\/|America\//);
  });
});

it("finds Chicago behind a customized zone, and Helsinki behind what Outlook shows", () => {
  const zones = read("outlook-export").calendar.series.flatMap(({ main }) =>
    main && !isAllDay(main.start) ? main.start.zone : [],
  );
  expect(zones).toEqual(["Europe/Berlin", "America/Chicago", "Europe/Helsinki"]);
});
