import { findZone } from "#lib/model/zone.ts";
import { BoundedRule } from "#lib/recurrence/bounded-rule.ts";
import { maxDates, maxOccurrences, maxRules, maxSteps, maxStride } from "#lib/recurrence/caps.ts";
import { compilePattern } from "#lib/recurrence/compile-pattern.ts";
import { RecurrenceError } from "#lib/recurrence/error.ts";
import { parseRule } from "#lib/recurrence/parse-rule.ts";
import { compileSeries, type SeriesStart } from "#lib/recurrence/series.ts";

const zone = findZone("America/New_York") ?? null;
const local = Date.UTC(2026, 0, 5, 9);
const start: SeriesStart = { local, zone, allDay: false, duration: { kind: "wall", ms: 3_600_000 } };

/** What the server promises is 100 ms; the guard allows for a busy machine, code that is not compiled yet, and coverage that counts it. */
const guardMs = 3_000;

const timed = <T>(work: () => T): T => {
  const before = performance.now();
  const result = work();
  expect(performance.now() - before).toBeLessThan(guardMs);
  return result;
};

/** All that a server asks of a series: where it is, a page from its start, a page from far away, one instance. */
const use = (lines: readonly string[], of = start): { found: number } | { refused: string } => {
  try {
    const series = compileSeries(of, lines);
    void series.bounds;
    let found = 0;
    for (const from of [Number.NEGATIVE_INFINITY, Date.UTC(2500, 0, 1), Date.UTC(9990, 0, 1)]) {
      let page = 0;
      for (const _ of series.occurrences({ from, to: Number.POSITIVE_INFINITY })) {
        page += 1;
        if (page === 250) break;
      }
      found += page;
    }
    series.at(Date.UTC(2400, 0, 1));
    return { found };
  } catch (error) {
    if (error instanceof RecurrenceError) return { refused: error.part };
    throw error;
  }
};

/** Candidates that a rule looks at to give its first wall clocks, up to 250. */
const stepsOf = (text: string): number => {
  const rule = parseRule(text, text);
  const bounded = new BoundedRule(rule, compilePattern(rule, start), { zone, first: local + 1, quota: Number.POSITIVE_INFINITY });
  const times = bounded.from(local);
  for (let found = 0; found < 250 && times.next() !== Number.POSITIVE_INFINITY; found += 1);
  return times.steps;
};

const all = (from: number, to: number): string => Array.from({ length: to - from + 1 }, (_, index) => from + index).join(",");

const hostile: readonly string[] = [
  "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
  "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
  "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
  "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
  "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
  "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=0;BYMINUTE=0;BYSECOND=0;BYDAY=MO",
  "FREQ=SECONDLY;BYMONTH=1;BYHOUR=3;BYSETPOS=-1",
  "FREQ=SECONDLY;BYMONTH=1;BYSETPOS=2",
  "FREQ=SECONDLY;BYYEARDAY=1;BYMONTHDAY=31",
  "FREQ=SECONDLY",
  "FREQ=SECONDLY;INTERVAL=86399;BYHOUR=0;BYMINUTE=0;BYSECOND=0",
  "FREQ=SECONDLY;INTERVAL=86400;BYHOUR=8",
  "FREQ=SECONDLY;INTERVAL=7;BYSECOND=59;BYMINUTE=59;BYHOUR=23;BYMONTHDAY=31;BYMONTH=12",
  "FREQ=SECONDLY;INTERVAL=60;BYSECOND=1",
  "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31,33,35,37,39,41,43,45,47,49,51,53,55,57,59",
  "FREQ=MINUTELY;INTERVAL=199;BYHOUR=0;BYMINUTE=0",
  "FREQ=MINUTELY;INTERVAL=1439;BYHOUR=2;BYDAY=SU;BYMONTH=3",
  "FREQ=HOURLY;INTERVAL=168;BYDAY=TU",
  "FREQ=HOURLY;INTERVAL=23;BYHOUR=5;BYMONTHDAY=29;BYMONTH=2",
  "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
  "FREQ=DAILY;INTERVAL=7;BYMONTH=5,1;BYDAY=FR,SA",
  "FREQ=WEEKLY;BYMONTH=2;BYSETPOS=300;BYDAY=MO",
  "FREQ=WEEKLY;INTERVAL=2;BYMONTH=4;BYSETPOS=-9;BYDAY=MO,TU",
  "FREQ=MONTHLY;BYDAY=53MO",
  "FREQ=MONTHLY;BYMONTHDAY=-7;BYDAY=5SA",
  "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=366",
  "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
  "FREQ=YEARLY;INTERVAL=999999999",
  "FREQ=MONTHLY;INTERVAL=999999999;BYMONTHDAY=31",
  "FREQ=WEEKLY;INTERVAL=999999999",
  "FREQ=DAILY;INTERVAL=999999999;BYDAY=MO",
  "FREQ=SECONDLY;INTERVAL=999999999;BYSECOND=7",
  "FREQ=SECONDLY;INTERVAL=9999999999",
  ...["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"].map(
    (frequency) => `FREQ=${frequency};COUNT=999999999`,
  ),
  "FREQ=SECONDLY;BYHOUR=3;COUNT=999999999",
  "FREQ=MINUTELY;BYMONTH=3;BYMONTHDAY=8;COUNT=999999999",
  "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;COUNT=999999999",
  "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2",
  "FREQ=SECONDLY;UNTIL=99991231T235959Z",
  "FREQ=DAILY;UNTIL=99991231",
  "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;UNTIL=99991231",
  `FREQ=DAILY;BYHOUR=${all(0, 23)};BYMINUTE=${all(0, 59)};BYSECOND=${all(0, 59)}`,
  `FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=${all(0, 23)};BYMINUTE=${all(0, 59)};BYSECOND=0,1,2,3,4;BYSETPOS=-1,366`,
  `FREQ=MONTHLY;BYDAY=${"1MO,".repeat(20_000)}2TU`,
  `FREQ=YEARLY;BYMONTHDAY=${"31,".repeat(50_000)}1`,
  `FREQ=YEARLY;BYYEARDAY=${all(1, 366)},${all(1, 366).replaceAll(/(\d+)/g, "-$1")};BYSETPOS=${all(1, 366)}`,
];

describe("a hostile rule", () => {
  it.each(hostile.map((text) => [text.slice(0, 100), text]))("%s is answered or refused", (_title, text) => {
    const answer = timed(() => use([`RRULE:${text}`]));

    if ("refused" in answer) expect(answer.refused).toBe("caps");
    else expect(answer.found).toBeGreaterThan(0); // DTSTART, at least
  });

  it.each(hostile.map((text) => [text.slice(0, 100), text]))("%s stays within the steps", (_title, text) => {
    let steps = 0;
    try {
      steps = stepsOf(text);
    } catch (error) {
      expect(error).toBeInstanceOf(RecurrenceError);
    }
    expect(steps).toBeLessThanOrEqual(250 * 4 * maxStride + maxSteps);
  });

  it.each([
    "FREQ=SECONDLY;INTERVAL=60;BYSECOND=1",
    "FREQ=MINUTELY;INTERVAL=120;BYMINUTE=1,3,59",
    "FREQ=HOURLY;INTERVAL=2;BYHOUR=0,2,8",
    "FREQ=HOURLY;INTERVAL=168;BYDAY=TU",
    "FREQ=DAILY;INTERVAL=7;BYDAY=TU;BYMONTH=5",
    "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=SECONDLY;BYYEARDAY=1;BYMONTHDAY=31",
  ])("%s, which never matches, is seen to be empty at once", (text) => {
    expect(stepsOf(text)).toBeLessThanOrEqual(1);
    expect(compileSeries(start, [`RRULE:${text}`]).bounds).toEqual({
      first: zone?.toInstant(local),
      lastEnd: zone?.toInstant(local + 3_600_000),
    });
  });

  it("that needs its weekday and its time of day together is not taken for empty", () => {
    const series = compileSeries(start, ["RRULE:FREQ=HOURLY;INTERVAL=5;BYHOUR=3;BYDAY=WE"]);
    const found = [...series.occurrences({ from: Number.NEGATIVE_INFINITY, to: Date.UTC(2026, 5, 1) })];
    expect(found.map((occurrence) => new Date(occurrence.local).toISOString().slice(0, 13))).toEqual([
      "2026-01-05T09",
      "2026-01-14T03",
      "2026-02-18T03",
      "2026-03-25T03",
      "2026-04-29T03",
    ]);
  });

  it("as often as a series may have rules is still answered or refused", () => {
    const worst = ["FREQ=DAILY;INTERVAL=7;BYDAY=TU", "FREQ=HOURLY;INTERVAL=168;BYDAY=TU", "FREQ=SECONDLY;INTERVAL=60;BYSECOND=1"];
    const lines = Array.from({ length: maxRules }, (_, index) => `RRULE:${worst[index % worst.length]}`);
    const before = performance.now();
    use(lines);
    expect(performance.now() - before).toBeLessThan(4 * guardMs);
  });
});

describe("the jump", () => {
  it("costs no more from far away", () => {
    const steps = (from: number): number => {
      const text = "FREQ=WEEKLY;BYDAY=MO,WE";
      const rule = parseRule(text, text);
      const times = compilePattern(rule, start).between(from, Number.POSITIVE_INFINITY);
      times.next();
      return times.steps;
    };
    expect(steps(Date.UTC(9000, 0, 1))).toBe(steps(local));
  });

  it("of a rule of seconds goes over the days that cannot match", () => {
    expect(stepsOf("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=12;BYMINUTE=0;BYSECOND=0")).toBeLessThan(250 * 6);
  });
});

describe("many dates", () => {
  const stamps = (count: number): string[] =>
    Array.from({ length: count }, (_, day) => new Date(local + day * 86_400_000).toISOString().replaceAll(/[-:]|\.000Z/g, ""));

  it("as exceptions are fine, on one line or on many", () => {
    const dates = stamps(10_000);
    const one = compileSeries(start, ["RRULE:FREQ=DAILY", `EXDATE;TZID=America/New_York:${dates.join(",")}`]);
    const many = compileSeries(start, ["RRULE:FREQ=DAILY", ...dates.map((date) => `EXDATE;TZID=America/New_York:${date}`)]);

    expect(timed(() => one.bounds?.first)).toBe(timed(() => many.bounds?.first));
    expect(one.bounds?.first).toBe(zone?.toInstant(local + 10_000 * 86_400_000));
  });

  it("as additions are fine", () => {
    const line = `RDATE;TZID=America/New_York:${stamps(10_000).toReversed().join(",")}`;
    expect(
      timed(() => [
        ...compileSeries(start, [line]).occurrences({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }),
      ]),
    ).toHaveLength(10_000);
  });

  it("are refused above the cap", () => {
    expect(use([`EXDATE:${"20260105,".repeat(maxDates)}20260105`])).toEqual({ refused: "caps" });
  });

  it("that take everything away leave a series without bounds, or a refusal", () => {
    expect(timed(() => use(["RRULE:FREQ=SECONDLY", "EXRULE:FREQ=SECONDLY"]))).toEqual({ refused: "caps" });
    expect(timed(() => compileSeries(start, ["RRULE:FREQ=YEARLY", "EXRULE:FREQ=SECONDLY"]).bounds)).toBeUndefined();
  });
});

describe("the caps", () => {
  it("refuse too many rules", () => {
    expect(use(Array.from({ length: maxRules + 1 }, () => "RRULE:FREQ=DAILY"))).toEqual({ refused: "caps" });
  });

  it("refuse a count that takes too long", () => {
    expect(use(["RRULE:FREQ=SECONDLY;BYHOUR=3;COUNT=999999999"])).toEqual({ refused: "caps" });
  });

  it("end a reading of too many instances with an error", () => {
    const series = compileSeries(start, ["RRULE:FREQ=SECONDLY"]);
    let read = 0;
    expect(() => {
      for (const _ of series.occurrences({ from: local, to: Number.POSITIVE_INFINITY })) read += 1;
    }).toThrow(RecurrenceError);
    expect(read).toBe(maxOccurrences);
  });

  it("end every rule with the year 9999", () => {
    const late = { ...start, local: Date.UTC(9999, 11, 31, 9) };
    for (const frequency of ["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY;INTERVAL=24;BYMONTH=12"]) {
      const series = compileSeries(late, [`RRULE:FREQ=${frequency}`]);
      expect([...series.occurrences({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY })]).toHaveLength(1);
    }
  });
});
