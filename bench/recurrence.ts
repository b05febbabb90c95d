import { createRequire } from "node:module";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { DateTime, RRuleSet, type Time } from "rrule-rust";
import { findZone } from "#lib/model/zone.ts";
import { readTime } from "#lib/recurrence/parse-time.ts";
import { compileSeries, type Occurrence } from "#lib/recurrence/series.ts";

/** As much of rrule-temporal as is used; it is installed for benchmarks only, in bench/peers. */
interface TemporalRule {
  between(after: Date, before: Date, inclusive: boolean): readonly unknown[];
  all(): readonly unknown[];
}
const { RRuleTemporal } = createRequire(new URL("./peers/x.cjs", import.meta.url))("rrule-temporal") as {
  RRuleTemporal: new (options: { rruleString: string }) => TemporalRule;
};

const zoneName = "America/New_York";
const target = 5;
const rounds = 12;
const msPerTurn = 50;

interface Case {
  readonly name: string;
  /** DTSTART's wall clock, then the lines as a client sends them. */
  readonly start: string;
  readonly lines: readonly string[];
  /** The window as wall clocks of the zone; null for all instances. */
  readonly window: { readonly from: string; readonly to: string } | null;
}

const year2026 = { from: "20260101T000000", to: "20270101T000000" };
const june2026 = { from: "20260601T000000", to: "20260701T000000" };
const weeks = (first: number, step: number, count: number): string =>
  Array.from({ length: count }, (_, index) => {
    const day = new Date(Date.UTC(2026, 0, first + index * step));
    return `${day.toISOString().slice(0, 10).replaceAll("-", "")}T090000`;
  }).join(",");

const cases: readonly Case[] = [
  {
    name: "A weekly MO,WE,FR, one year",
    start: "20260105T090000",
    lines: ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR"],
    window: year2026,
  },
  { name: "B daily COUNT=365, all", start: "20260105T090000", lines: ["RRULE:FREQ=DAILY;COUNT=365"], window: null },
  {
    name: "C monthly last weekday, five years",
    start: "20260130T090000",
    lines: ["RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"],
    window: { from: "20260101T000000", to: "20310101T000000" },
  },
  { name: "D weekly since 2006, one month", start: "20060102T090000", lines: ["RRULE:FREQ=WEEKLY"], window: june2026 },
  { name: "E daily since 2006, one month", start: "20060102T090000", lines: ["RRULE:FREQ=DAILY"], window: june2026 },
  { name: "F yearly since 1950, one year", start: "19500615T090000", lines: ["RRULE:FREQ=YEARLY"], window: year2026 },
  {
    name: "G weekly, 20 EXDATE, 5 RDATE, one year",
    start: "20260105T090000",
    lines: [
      "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR",
      `EXDATE;TZID=${zoneName}:${weeks(12, 14, 20)}`,
      `RDATE;TZID=${zoneName}:${weeks(6, 28, 5)}`,
    ],
    window: year2026,
  },
];

/** From text to all instances in the window; each library gives them in its own form, which the others need not be charged for. */
type Expand = (of: Case) => readonly unknown[];

const zoneOf = (name: string) => {
  const zone = findZone(name);
  if (!zone) throw new Error(`no zone ${name}`);
  return zone;
};

const instantOf = (text: string): number => zoneOf(zoneName).toInstant(readTime(text, 0, text.length));

const ours: Expand = ({ start, lines, window }) => {
  const local = readTime(start, 0, start.length);
  const series = compileSeries(
    { local, zone: zoneOf(zoneName), allDay: false, duration: { kind: "wall", ms: 3_600_000 } },
    lines,
  );
  const from = window ? instantOf(window.from) : Number.NEGATIVE_INFINITY;
  const to = window ? instantOf(window.to) : Number.POSITIVE_INFINITY;
  const found: Occurrence[] = [];
  for (const occurrence of series.occurrences({ from, to })) found.push(occurrence);
  return found;
};

const textOf = ({ start, lines }: Case): string => `DTSTART;TZID=${zoneName}:${start}\n${lines.join("\n")}`;

const rruleTemporal: Expand = (of) => {
  const rule = new RRuleTemporal({ rruleString: textOf(of) });
  return of.window ? rule.between(new Date(instantOf(of.window.from)), new Date(instantOf(of.window.to)), true) : rule.all();
};

const localTime = (text: string): DateTime<Time> => DateTime.fromString(text) as DateTime<Time>;

const rruleRust: Expand = (of) => {
  const set = RRuleSet.fromString<DateTime<Time>>(textOf(of));
  return of.window ? set.between(localTime(of.window.from), localTime(of.window.to), true) : set.all();
};

/** What is measured, and how to read an instant from its own form of result. */
const libraries = [
  { name: "ours", expand: ours, instantOf: (item: unknown) => (item as { start: number }).start },
  {
    name: "rrule-temporal 2.2.8",
    expand: rruleTemporal,
    instantOf: (item: unknown) => (item as { epochMilliseconds: number }).epochMilliseconds,
  },
  {
    name: "rrule-rust 3.1.1",
    expand: rruleRust,
    instantOf: (item: unknown) => {
      const { year, month, day, time } = item as DateTime<Time>;
      return zoneOf(zoneName).toInstant(Date.UTC(year, month - 1, day, time.hour, time.minute, time.second));
    },
  },
] as const;

/**
 * How fast a series becomes instances, text included: expansions per second of our engine and of the two fastest libraries, on
 * the seven cases by which they were chosen. All three must first agree on every instant. The libraries take turns, because the
 * machine's other work comes and goes; a figure is that of the best turn, for such work only ever slows.
 */
export const run = async (): Promise<void> => {
  console.log("recurrence: expansions per second, America/New_York, text parsing included");
  for (const of of cases) {
    const [expected = [], ...others] = libraries.map((library) => library.expand(of).map(library.instantOf));
    for (const [index, found] of others.entries()) {
      if (found.join() !== expected.join()) throw new Error(`${of.name}: ${libraries[index + 1]?.name} disagrees with ours`);
    }
    const turns: number[][] = libraries.map(() => []);
    for (let round = 0; round <= rounds; round += 1) {
      for (const [index, library] of libraries.entries()) {
        // The first round warms up.
        const perSecond = measure(() => library.expand(of), round === 0 ? 4 * msPerTurn : msPerTurn);
        if (round > 0) turns[index]?.push(perSecond);
      }
    }
    const [own = 0, ...peers] = turns.map((figures) => Math.max(...figures));
    const ratio = own / Math.max(...peers);
    const figures = [own, ...peers].map((figure) => Math.round(figure).toLocaleString("en").padStart(10));
    const verdict = ratio >= target ? "ok" : `BELOW ${target}x`;
    console.log(
      `  ${of.name.padEnd(40)} (${String(expected.length).padStart(3)}) ${figures.join(" ")}  ${ratio.toFixed(1)}x ${verdict}`,
    );
  }
  console.log(`  columns: ${libraries.map((library) => library.name).join(", ")}; ratio to the better of the two`);
};

setFlagsFromString("--expose-gc");
const collect: (options: { type: "minor" }) => void = runInNewContext("gc");

const measure = (work: () => unknown, ms: number): number => {
  collect({ type: "minor" }); // or this turn would pay for the one before
  const start = performance.now();
  let done = 0;
  let now = start;
  while (now - start < ms) {
    work();
    done += 1;
    now = performance.now();
  }
  return (done * 1_000) / (now - start);
};

if (import.meta.main) await run();
