import fc from "fast-check";
import { findZone } from "#lib/model/zone.ts";
import { RecurrenceError } from "#lib/recurrence/error.ts";
import { compileSeries, type Occurrence, type Series, type SeriesStart } from "#lib/recurrence/series.ts";

const zoneOf = (name: string) => {
  const zone = findZone(name);
  if (!zone) throw new Error(`no zone ${name}`);
  return zone;
};
const newYork = zoneOf("America/New_York");
const hour = 3_600_000;
const day = 24 * hour;
const always = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** `2026-03-07 02:30` as if UTC. */
const wall = (text: string): number => Date.parse(`${text.replace(" ", "T")}Z`);
const at = (text: string): number => Date.parse(text);
const iso = (time: number): string => new Date(time).toISOString().replace(":00.000Z", "Z");
const date = (time: number): string => new Date(time).toISOString().slice(0, 10);

const startAt = (text: string, more: Partial<SeriesStart> = {}): SeriesStart => ({
  local: wall(text),
  zone: newYork,
  allDay: false,
  duration: { kind: "wall", ms: hour },
  ...more,
});
const allDayAt = (text: string, days = 1): SeriesStart => ({
  local: at(text),
  zone: null,
  allDay: true,
  duration: { kind: "wall", ms: days * day },
});

const take = (series: Series, limit = 50): Occurrence[] => {
  const found: Occurrence[] = [];
  for (const occurrence of series.occurrences(always)) {
    found.push(occurrence);
    if (found.length === limit) break;
  }
  return found;
};
const starts = (start: SeriesStart, lines: readonly string[], limit?: number): string[] =>
  take(compileSeries(start, lines), limit).map((occurrence) => iso(occurrence.start));
const dates = (start: SeriesStart, lines: readonly string[], limit?: number): string[] =>
  take(compileSeries(start, lines), limit).map((occurrence) => date(occurrence.local));

const refusal = (lines: readonly string[], start = startAt("2026-01-05 09:00")): RecurrenceError => {
  try {
    void compileSeries(start, lines).bounds;
  } catch (error) {
    if (error instanceof RecurrenceError) return error;
    throw error;
  }
  throw new Error(`not refused: ${lines.join(" ")}`);
};

describe("gaps and repeated times", () => {
  it("reads an instance in a gap with the offset before it, and keeps its length and wall clock", () => {
    const [, second, third] = take(compileSeries(startAt("2026-03-07 02:30"), ["RRULE:FREQ=DAILY;COUNT=3"]));

    expect(second && [iso(second.start), iso(second.end), iso(second.local)]).toEqual([
      "2026-03-08T07:30Z",
      "2026-03-08T08:30Z",
      "2026-03-08T02:30Z",
    ]);
    expect(third && iso(third.start)).toBe("2026-03-09T06:30Z");
  });

  it("takes the first of two repeated times", () => {
    expect(starts(startAt("2026-10-31 01:30"), ["RRULE:FREQ=DAILY;COUNT=3"])).toEqual([
      "2026-10-31T05:30Z",
      "2026-11-01T05:30Z",
      "2026-11-02T06:30Z",
    ]);
  });

  it("keeps DTSTART in the second of two repeated times when the client fixed it there", () => {
    const start = startAt("2026-11-01 01:30", { instant: at("2026-11-01T06:30:00Z") });

    expect(starts(start, ["RRULE:FREQ=DAILY;COUNT=2"])).toEqual(["2026-11-01T06:30Z", "2026-11-02T06:30Z"]);
    expect(starts(start, ["RRULE:FREQ=MINUTELY;INTERVAL=20;COUNT=4"])).toEqual([
      "2026-11-01T06:30Z",
      "2026-11-01T07:10Z",
      "2026-11-01T07:30Z",
    ]);
    expect(starts(start, ["RRULE:FREQ=DAILY;COUNT=2", "EXDATE;TZID=America/New_York:20261101T013000"])).toEqual([
      "2026-11-02T06:30Z",
    ]);
    expect(take(compileSeries(start, [])).map(({ end }) => iso(end))).toEqual(["2026-11-01T07:30Z"]);
  });

  it("gives the wall clocks of a sub-daily rule that a gap makes one instant once, in order", () => {
    expect(starts(startAt("2026-03-08 01:00"), ["RRULE:FREQ=HOURLY;COUNT=4"])).toEqual([
      "2026-03-08T06:00Z",
      "2026-03-08T07:00Z",
      "2026-03-08T08:00Z",
    ]);
    expect(starts(startAt("2026-03-08 01:40"), ["RRULE:FREQ=MINUTELY;INTERVAL=25;UNTIL=20260308T040000"])).toEqual([
      "2026-03-08T06:40Z",
      "2026-03-08T07:05Z",
      "2026-03-08T07:20Z",
      "2026-03-08T07:30Z",
      "2026-03-08T07:45Z",
      "2026-03-08T07:55Z",
    ]);
  });

  it("gives the repeated hour of an hourly rule once", () => {
    expect(starts(startAt("2026-11-01 00:00"), ["RRULE:FREQ=HOURLY;COUNT=4"])).toEqual([
      "2026-11-01T04:00Z",
      "2026-11-01T05:00Z",
      "2026-11-01T07:00Z",
      "2026-11-01T08:00Z",
    ]);
  });

  it("keeps the wall clock of the end when the length is a wall clock's, and the length when it is exact", () => {
    const ends = (kind: "wall" | "exact") =>
      take(compileSeries(startAt("2026-03-07 22:00", { duration: { kind, ms: 8 * hour } }), ["RRULE:FREQ=DAILY;COUNT=2"])).map(
        ({ end }) => iso(end),
      );

    expect(ends("wall")).toEqual(["2026-03-08T10:00Z", "2026-03-09T10:00Z"]);
    expect(ends("exact")).toEqual(["2026-03-08T11:00Z", "2026-03-09T10:00Z"]);
  });

  it("moves an instance of a day that a zone skipped", () => {
    const start = startAt("2011-12-29 10:00", { zone: zoneOf("Pacific/Apia") });

    expect(starts(start, ["RRULE:FREQ=DAILY;COUNT=3"])).toEqual(["2011-12-29T20:00Z", "2011-12-30T20:00Z"]);
  });
});

describe("DTSTART and COUNT", () => {
  it("makes DTSTART an instance that the rule does not match, and counts it", () => {
    expect(dates(startAt("2026-01-06 09:00"), ["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3"])).toEqual([
      "2026-01-06",
      "2026-01-12",
      "2026-01-19",
    ]);
    expect(dates(startAt("2026-01-06 09:00"), ["RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3"])).toEqual([
      "2026-01-06",
      "2026-01-31",
      "2026-02-28",
    ]);
  });

  it("lets EXDATE take DTSTART away", () => {
    expect(dates(startAt("2026-01-06 09:00"), ["RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20260106T140000Z"])).toEqual(["2026-01-07"]);
  });

  it("counts what the rule yields before exceptions, and no RDATE", () => {
    const lines = ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260107T140000Z", "RDATE:20260120T140000Z"];
    expect(dates(startAt("2026-01-06 09:00"), lines)).toEqual(["2026-01-06", "2026-01-08", "2026-01-20"]);
  });

  it("makes DTSTART an instance even where UNTIL is before it", () => {
    expect(dates(startAt("2026-01-06 09:00"), ["RRULE:FREQ=DAILY;UNTIL=20251231T000000Z"])).toEqual(["2026-01-06"]);
  });

  it("needs no rule", () => {
    expect(dates(startAt("2026-01-06 09:00"), [])).toEqual(["2026-01-06"]);
  });

  it("unites several rules, each instance once, each COUNT by itself", () => {
    const lines = ["RRULE:FREQ=DAILY;COUNT=3", "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=3"];
    expect(dates(startAt("2026-01-06 09:00"), lines)).toEqual(["2026-01-06", "2026-01-07", "2026-01-08", "2026-01-10"]);
  });
});

describe("UNTIL", () => {
  it.each([
    ["UNTIL=20260108T140000Z", 3, "includes its instant"],
    ["UNTIL=20260108T135959Z", 2, "excludes what is after its instant"],
    ["UNTIL=20260108", 3, "as a date lasts until the end of that local day"],
    ["UNTIL=20260108T090000", 3, "without a zone is read in the event's"],
    ["UNTIL=20260108T085959", 2, "without a zone is read in the event's, to the second"],
  ])("%s gives %i: %s", (until, count) => {
    expect(starts(startAt("2026-01-06 09:00"), [`RRULE:FREQ=DAILY;${until}`])).toHaveLength(count);
  });

  it("as an instant decides about repeated times", () => {
    expect(starts(startAt("2026-10-31 01:45"), ["RRULE:FREQ=DAILY;UNTIL=20261101T063000Z"])).toEqual([
      "2026-10-31T05:45Z",
      "2026-11-01T05:45Z",
    ]);
  });

  it("as an instant shortly after a change of offset counts by the new one", () => {
    expect(starts(startAt("2026-10-31 07:30"), ["RRULE:FREQ=DAILY;UNTIL=20261101T120000Z"])).toEqual(["2026-10-31T11:30Z"]);
    expect(starts(startAt("2026-03-07 07:30"), ["RRULE:FREQ=DAILY;UNTIL=20260308T113000Z"])).toEqual([
      "2026-03-07T12:30Z",
      "2026-03-08T11:30Z",
    ]);
  });

  it("as a date with time ends an all-day series by its date", () => {
    expect(dates(allDayAt("2026-01-06"), ["RRULE:FREQ=DAILY;UNTIL=20260108T000000Z"])).toHaveLength(3);
  });
});

describe("dates that do not exist", () => {
  it("skips them", () => {
    expect(dates(allDayAt("2026-01-31"), ["RRULE:FREQ=MONTHLY;COUNT=4"])).toEqual([
      "2026-01-31",
      "2026-03-31",
      "2026-05-31",
      "2026-07-31",
    ]);
    expect(dates(allDayAt("2024-02-29"), ["RRULE:FREQ=YEARLY;COUNT=3"])).toEqual(["2024-02-29", "2028-02-29", "2032-02-29"]);
    expect(dates(allDayAt("2096-02-29"), ["RRULE:FREQ=YEARLY;COUNT=2"])).toEqual(["2096-02-29", "2104-02-29"]);
  });

  // RFC 7529, 4.1, in the Gregorian calendar.
  it.each([
    ["OMIT", ["2014-01-31", "2014-03-31", "2014-05-31"]],
    ["BACKWARD", ["2014-01-31", "2014-02-28", "2014-03-31"]],
    ["FORWARD", ["2014-01-31", "2014-03-01", "2014-03-31"]],
  ])("go where SKIP=%s says", (skip, expected) => {
    expect(dates(allDayAt("2014-01-31"), [`RRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=${skip};COUNT=3`])).toEqual(expected);
  });

  it.each([
    ["BACKWARD", ["2016-02-29", "2017-02-28", "2018-02-28", "2019-02-28", "2020-02-29"]],
    ["FORWARD", ["2016-02-29", "2017-03-01", "2018-03-01", "2019-03-01", "2020-02-29"]],
  ])("29 February with SKIP=%s", (skip, expected) => {
    expect(dates(allDayAt("2016-02-29"), [`RRULE:FREQ=YEARLY;RSCALE=GREGORIAN;SKIP=${skip};COUNT=5`])).toEqual(expected);
  });

  it("give one instance where SKIP moves them onto another", () => {
    const line = "RRULE:RSCALE=GREGORIAN;SKIP=FORWARD;FREQ=MONTHLY;BYMONTHDAY=1,30,31";
    expect(dates(allDayAt("2026-01-30"), [line], 8)).toEqual([
      "2026-01-30",
      "2026-01-31",
      "2026-02-01",
      "2026-03-01",
      "2026-03-30",
      "2026-03-31",
      "2026-04-01",
      "2026-04-30",
    ]);
  });
});

describe("weeks by number", () => {
  it("have a week 53 only in years that have one", () => {
    const line = "RRULE:FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=3";
    expect(dates(allDayAt("2020-12-28"), [line])).toEqual(["2020-12-28", "2026-12-28", "2032-12-27"]);
  });

  it("count from the weekday of WKST", () => {
    const line = "RRULE:FREQ=YEARLY;BYWEEKNO=1;BYDAY=SU;WKST=SU;COUNT=3";
    expect(dates(allDayAt("2026-01-04"), [line])).toEqual(["2026-01-04", "2027-01-03", "2028-01-02"]);
  });

  it("take the weekday of DTSTART where no part says which day", () => {
    expect(dates(allDayAt("2026-05-13"), ["RRULE:FREQ=YEARLY;BYWEEKNO=20;COUNT=3"])).toEqual([
      "2026-05-13",
      "2027-05-19",
      "2028-05-17",
    ]);
  });

  it("belong whole to one year", () => {
    const line = "RRULE:FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO;COUNT=3";
    expect(dates(allDayAt("2024-12-30"), [line])).toEqual(["2024-12-30", "2027-01-04", "2029-01-01"]);
  });
});

describe("RDATE", () => {
  it.each([
    ["RDATE:20260201T140000Z", "2026-02-01T14:00Z"],
    ["RDATE;TZID=America/New_York:20260201T090000", "2026-02-01T14:00Z"],
    ["RDATE;TZID=Europe/Berlin:20260201T150000", "2026-02-01T14:00Z"],
    ['rdate;tzid="europe/berlin";X-WHY=a:20260201T150000', "2026-02-01T14:00Z"],
    ["RDATE:20260201T090000", "2026-02-01T14:00Z"],
    ["RDATE;VALUE=DATE:20260201", "2026-02-01T14:00Z"],
    ["RDATE;VALUE=PERIOD:20260201T140000Z/PT30M", "2026-02-01T14:00Z"],
  ])("%s adds %s", (line, added) => {
    expect(starts(startAt("2026-01-05 09:00"), [line])).toEqual(["2026-01-05T14:00Z", added]);
  });

  it.each([
    ["20260201T140000Z/PT30M", "2026-02-01T14:30Z"],
    ["20260201T140000Z/20260201T200000Z", "2026-02-01T20:00Z"],
    ["20260201T090000/20260201T110000", "2026-02-01T16:00Z"],
    ["20260307T090000/P1D", "2026-03-08T13:00Z"],
    ["20260307T090000/PT24H", "2026-03-08T14:00Z"],
    ["20260201T140000Z/P1W", "2026-02-08T14:00Z"],
  ])("with a period brings its own end: %s", (period, end) => {
    const [, added] = take(compileSeries(startAt("2026-01-05 09:00"), [`RDATE;VALUE=PERIOD:${period}`]));
    expect(added && iso(added.end)).toBe(end);
  });

  it("equal to an instance is one instance, and a period gives it its length", () => {
    const found = take(
      compileSeries(startAt("2026-01-05 09:00"), [
        "RRULE:FREQ=DAILY;COUNT=2",
        "RDATE:20260106T140000Z",
        "RDATE;VALUE=PERIOD:20260106T140000Z/PT5M",
        "RDATE:20260106T140000Z",
      ]),
    );
    expect(found.map(({ end }) => iso(end))).toEqual(["2026-01-05T15:00Z", "2026-01-06T14:05Z"]);
  });

  it("adds days to an all-day series, whatever comes with the date", () => {
    expect(dates(allDayAt("2026-01-05"), ["RDATE;VALUE=DATE:20260110,20260107", "RDATE:20260112T230000Z"])).toEqual([
      "2026-01-05",
      "2026-01-07",
      "2026-01-10",
      "2026-01-12",
    ]);
  });

  it("before DTSTART is an instance too", () => {
    expect(dates(startAt("2026-01-05 09:00"), ["RRULE:FREQ=DAILY;COUNT=2", "RDATE:20260101T140000Z"])).toEqual([
      "2026-01-01",
      "2026-01-05",
      "2026-01-06",
    ]);
  });
});

describe("EXDATE and EXRULE", () => {
  it.each([
    "EXDATE:20260106T140000Z",
    "EXDATE;TZID=America/New_York:20260106T090000",
    "EXDATE;TZID=Asia/Tokyo:20260106T230000",
    "EXDATE:20260106T090000",
    "EXDATE;VALUE=DATE:20260106",
    "exdate:20260106",
  ])("%s takes the second day away", (line) => {
    expect(dates(startAt("2026-01-05 09:00"), ["RRULE:FREQ=DAILY;COUNT=3", line])).toEqual(["2026-01-05", "2026-01-07"]);
  });

  it("takes away by the wall clock that a gap left out", () => {
    const lines = ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=America/New_York:20260308T023000"];
    expect(dates(startAt("2026-03-07 02:30"), lines)).toEqual(["2026-03-07", "2026-03-09"]);
  });

  it("a date takes away all instances of that local day", () => {
    const lines = ["RRULE:FREQ=HOURLY;INTERVAL=6;COUNT=8", "EXDATE;VALUE=DATE:20260106"];
    expect(starts(startAt("2026-01-05 03:00"), lines)).toHaveLength(4);
  });

  it("an exception rule takes away what it matches, DTSTART only if it matches that", () => {
    const lines = ["RRULE:FREQ=DAILY;COUNT=8", "EXRULE:FREQ=WEEKLY;BYDAY=TU,SA"];
    expect(dates(startAt("2026-01-05 09:00"), lines)).toEqual([
      "2026-01-05",
      "2026-01-07",
      "2026-01-08",
      "2026-01-09",
      "2026-01-11",
      "2026-01-12",
    ]);
    expect(dates(startAt("2026-01-05 09:00"), ["RRULE:FREQ=DAILY;COUNT=3", "EXRULE:FREQ=WEEKLY"])).toEqual([
      "2026-01-06",
      "2026-01-07",
    ]);
  });

  it("may leave nothing", () => {
    const series = compileSeries(startAt("2026-01-05 09:00"), [
      "RRULE:FREQ=DAILY;COUNT=2",
      "EXDATE:20260105T140000Z,20260106T140000Z",
    ]);
    expect(take(series)).toEqual([]);
    expect(series.bounds).toBeUndefined();
  });
});

describe("all-day series", () => {
  it("are dates in no zone", () => {
    const found = take(compileSeries(allDayAt("2026-03-07", 2), ["RRULE:FREQ=DAILY;COUNT=2"]));
    expect(found.map(({ start, end }) => [date(start), date(end)])).toEqual([
      ["2026-03-07", "2026-03-09"],
      ["2026-03-08", "2026-03-10"],
    ]);
  });

  it("ignore times of day in a rule (RFC 5545, 3.3.10)", () => {
    expect(dates(allDayAt("2026-03-07"), ["RRULE:FREQ=DAILY;COUNT=2;BYHOUR=9,12;BYMINUTE=30"])).toEqual([
      "2026-03-07",
      "2026-03-08",
    ]);
  });
});

describe("a window", () => {
  const series = compileSeries(startAt("2026-01-05 09:00"), ["RRULE:FREQ=DAILY"]);
  const count = (from: string, to: string): number => [...series.occurrences({ from: at(from), to: at(to) })].length;

  it("has what ends after its start and starts before its end", () => {
    expect(count("2026-01-06T15:00:00Z", "2026-01-07T14:00:00Z")).toBe(0);
    expect(count("2026-01-06T14:59:59Z", "2026-01-07T14:00:00Z")).toBe(1);
    expect(count("2026-01-06T15:00:00Z", "2026-01-07T14:00:01Z")).toBe(1);
  });

  it("has an instance without length at its start, not at its end", () => {
    const moments = compileSeries(startAt("2026-01-05 09:00", { duration: { kind: "exact", ms: 0 } }), ["RRULE:FREQ=DAILY"]);
    const window = { from: at("2026-01-06T14:00:00Z"), to: at("2026-01-07T14:00:00Z") };
    expect([...moments.occurrences(window)].map(({ start }) => iso(start))).toEqual(["2026-01-06T14:00Z"]);
  });

  it("has all instances of a series whose instances overlap each other", () => {
    const long = compileSeries(startAt("2026-01-05 09:00", { duration: { kind: "exact", ms: 5 * day } }), ["RRULE:FREQ=DAILY"]);
    const window = { from: at("2026-02-01T00:00:00Z"), to: at("2026-02-01T00:00:01Z") };
    expect([...long.occurrences(window)]).toHaveLength(5);
  });

  it("ends its reading for good", () => {
    const reading = series.occurrences({ from: at("2026-01-06T00:00:00Z"), to: at("2026-01-07T00:00:00Z") });
    expect([...reading]).toHaveLength(1);
    expect(reading.next()).toEqual({ value: undefined, done: true });
  });
});

describe("at and bounds", () => {
  const lines = ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4", "EXDATE:20260107T140000Z", "RDATE;VALUE=PERIOD:20260106T100000Z/P30D"];
  const series = compileSeries(startAt("2026-01-05 09:00"), lines);

  it("finds an instance by its start only", () => {
    expect(series.at(at("2026-01-12T14:00:00Z"))?.end).toBe(at("2026-01-12T15:00:00Z"));
    expect(series.at(at("2026-01-06T10:00:00Z"))?.end).toBe(at("2026-02-05T10:00:00Z"));
    expect(series.at(at("2026-01-12T14:00:01Z"))).toBeUndefined();
    expect(series.at(at("2026-01-07T14:00:00Z"))).toBeUndefined();
    expect(series.at(at("2026-01-19T14:00:00Z"))).toBeUndefined();
  });

  it("has bounds by the instance that ends last", () => {
    expect(series.bounds).toEqual({ first: at("2026-01-05T14:00:00Z"), lastEnd: at("2026-02-05T10:00:00Z") });
  });

  it.each([
    [["RRULE:FREQ=DAILY"], null],
    [["RRULE:FREQ=DAILY;COUNT=3"], "2026-01-07T15:00:00Z"],
    [["RRULE:FREQ=DAILY;UNTIL=20260107T140000Z"], "2026-01-07T15:00:00Z"],
    [["RRULE:FREQ=DAILY;UNTIL=20260107T135959Z"], "2026-01-06T15:00:00Z"],
    [["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260107"], "2026-01-06T15:00:00Z"],
    [["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"], "2026-01-05T15:00:00Z"],
    [["RRULE:FREQ=YEARLY;BYMONTH=7;UNTIL=20300101T000000Z"], "2029-07-05T14:00:00Z"],
    [["RRULE:FREQ=MINUTELY;UNTIL=20560101T000000Z"], "2056-01-01T01:00:00Z"],
    [[], "2026-01-05T15:00:00Z"],
  ])("%j ends at %s", (rule, lastEnd) => {
    expect(compileSeries(startAt("2026-01-05 09:00"), rule).bounds?.lastEnd).toBe(lastEnd === null ? null : at(lastEnd));
  });
});

describe("what is refused", () => {
  it.each([
    ["FREQ", "RRULE:COUNT=3"],
    ["FREQ", "RRULE:FREQ=FORTNIGHTLY"],
    ["FREQ", "RRULE:FREQ=DAILY;FREQ=DAILY"],
    ["COUNT", "RRULE:FREQ=DAILY;COUNT=3;UNTIL=20270101T000000Z"],
    ["COUNT", "RRULE:FREQ=DAILY;COUNT=0"],
    ["COUNT", "RRULE:FREQ=DAILY;COUNT=-1"],
    ["COUNT", "RRULE:FREQ=DAILY;COUNT=12345678901"],
    ["INTERVAL", "RRULE:FREQ=DAILY;INTERVAL=0"],
    ["INTERVAL", "RRULE:FREQ=DAILY;INTERVAL=1.5"],
    ["UNTIL", "RRULE:FREQ=DAILY;UNTIL=20260230"],
    ["UNTIL", "RRULE:FREQ=DAILY;UNTIL=tomorrow"],
    ["WKST", "RRULE:FREQ=DAILY;WKST=XX"],
    ["BYDAY", "RRULE:FREQ=WEEKLY;BYDAY=1MO"],
    ["BYDAY", "RRULE:FREQ=DAILY;BYDAY=-1FR"],
    ["BYDAY", "RRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO"],
    ["BYDAY", "RRULE:FREQ=MONTHLY;BYDAY=0MO"],
    ["BYDAY", "RRULE:FREQ=MONTHLY;BYDAY=54MO"],
    ["BYDAY", "RRULE:FREQ=WEEKLY;BYDAY=MO,,TU"],
    ["BYDAY", "RRULE:FREQ=WEEKLY;BYDAY="],
    ["BYDAY", "RRULE:FREQ=WEEKLY;BYDAY=M"],
    ["BYMONTHDAY", "RRULE:FREQ=MONTHLY;BYMONTHDAY=32"],
    ["BYMONTHDAY", "RRULE:FREQ=MONTHLY;BYMONTHDAY=0"],
    ["BYMONTHDAY", "RRULE:FREQ=WEEKLY;BYMONTHDAY=3"],
    ["BYYEARDAY", "RRULE:FREQ=YEARLY;BYYEARDAY=367"],
    ["BYYEARDAY", "RRULE:FREQ=MONTHLY;BYYEARDAY=3"],
    ["BYYEARDAY", "RRULE:FREQ=WEEKLY;BYYEARDAY=3"],
    ["BYYEARDAY", "RRULE:FREQ=DAILY;BYYEARDAY=3"],
    ["BYWEEKNO", "RRULE:FREQ=YEARLY;BYWEEKNO=54"],
    ["BYWEEKNO", "RRULE:FREQ=MONTHLY;BYWEEKNO=3"],
    ["BYMONTH", "RRULE:FREQ=YEARLY;BYMONTH=13"],
    ["BYMONTH", "RRULE:FREQ=YEARLY;BYMONTH=-1"],
    ["BYMONTH", "RRULE:FREQ=YEARLY;BYMONTH=1,,2"],
    ["BYHOUR", "RRULE:FREQ=DAILY;BYHOUR=24"],
    ["BYMINUTE", "RRULE:FREQ=DAILY;BYMINUTE=60"],
    ["BYSECOND", "RRULE:FREQ=DAILY;BYSECOND=61"],
    ["BYSECOND", "RRULE:FREQ=DAILY;BYSECOND=-1"],
    ["BYSETPOS", "RRULE:FREQ=DAILY;BYSETPOS=1"],
    ["BYSETPOS", "RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0"],
    ["BYSETPOS", "RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367"],
    ["BYMONTH", "RRULE:FREQ=MONTHLY;BYMONTH=1;BYMONTH=2"],
    ["RSCALE", "RRULE:RSCALE=CHINESE;FREQ=YEARLY"],
    ["SKIP", "RRULE:FREQ=MONTHLY;SKIP=FORWARD"],
    ["SKIP", "RRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=YES"],
    ["X-COLOR", "RRULE:FREQ=DAILY;X-COLOR=RED"],
    ["BYEASTER", "RRULE:FREQ=YEARLY;BYEASTER=0"],
    ["GARBAGE", "RRULE:FREQ=DAILY;GARBAGE"],
    ["FREQ", "RRULE:"],
    ["BYMONTHDAY", "EXRULE:FREQ=MONTHLY;BYMONTHDAY=40"],
    ["RDATE", "RDATE:2026-01-01"],
    ["RDATE", "RDATE:"],
    ["RDATE", "RDATE;TZID=Mars/Olympus:20260101T000000"],
    ["RDATE", "RDATE;VALUE=TEXT:20260101T000000"],
    ["RDATE", "RDATE;VALUE=DATE:20260101T000000"],
    ["RDATE", "RDATE;VALUE=PERIOD:20260101T000000Z"],
    ["RDATE", "RDATE;VALUE=PERIOD:20260102T000000Z/20260101T000000Z"],
    ["RDATE", "RDATE;VALUE=PERIOD:20260102T000000Z/-PT1H"],
    ["RDATE", "RDATE;VALUE=PERIOD:20260102T000000Z/PT"],
    ["EXDATE", "EXDATE:20260101T000000Z,"],
    ["EXDATE", "EXDATE:20261301"],
    ["EXDATE", "EXDATE;VALUE=PERIOD:20260101T000000Z/PT1H"],
    ["DTSTART", "DTSTART:20260101T000000Z"],
    ["DTEND", "DTEND;TZID=Europe/Paris:20260101T000000"],
    ["recurrence", "FREQ=DAILY"],
    ["recurrence", ""],
  ])("%s: %s", (part, line) => {
    const error = refusal([line]);
    expect(error.part).toBe(part);
    expect(error.line).toBe(line);
    expect(error.message).toMatch(/^[A-Z"].*\.$/);
  });

  it.each(["HOURLY", "MINUTELY", "SECONDLY"])("FREQ=%s of an all-day series", (frequency) => {
    expect(refusal([`RRULE:FREQ=${frequency}`], allDayAt("2026-01-05")).part).toBe("FREQ");
  });

  it("repeats only so much of what it was given", () => {
    const error = refusal([`RRULE:${"A".repeat(100_000)}=1`]);
    expect(error.line.length).toBeLessThan(300);
    expect(error.part.length).toBeLessThan(300);
    expect(error.message.length).toBeLessThan(400);
  });
});

describe("what is tolerated", () => {
  it.each([
    "rrule:freq=daily;count=3",
    "RRULE:COUNT=3;FREQ=DAILY;",
    "RRULE;X-FROM=elsewhere:FREQ=DAILY;COUNT=3",
    "RRULE:FREQ=DAILY;COUNT=3;BYSECOND=0,60;BYSETPOS=1",
  ])("%s", (line) => {
    expect(starts(startAt("2026-01-05 09:00"), [line])).toEqual(["2026-01-05T14:00Z", "2026-01-06T14:00Z", "2026-01-07T14:00Z"]);
  });

  it("second 60, which is the second before it", () => {
    const line = "RRULE:FREQ=MINUTELY;BYSECOND=58,60;COUNT=3";
    expect(take(compileSeries(startAt("2026-01-05 09:00"), [line])).map(({ local }) => local % 60_000)).toEqual([
      0, 58_000, 59_000,
    ]);
  });
});

// Properties.

const subset = (values: readonly (string | number)[], most: number) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: most }).map((list) => list.join(","));
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });

const part = (name: string) => (value: string | number | undefined) => (value === undefined ? "" : `;${name}=${value}`);
const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((list) => list.join(""));
const clock = joined(
  optional(subset(numbers(0, 23), 3)).map(part("BYHOUR")),
  optional(subset([0, 15, 30, 45], 2)).map(part("BYMINUTE")),
);
const interval = fc.integer({ min: 1, max: 9 }).map(part("INTERVAL"));
const months = optional(subset(numbers(1, 12), 3)).map(part("BYMONTH"));

const anyRule = fc
  .oneof(
    joined(fc.constant("FREQ=DAILY"), interval, months, optional(subset(weekdays, 3)).map(part("BYDAY")), clock),
    joined(fc.constant("FREQ=WEEKLY"), interval, months, optional(subset(weekdays, 3)).map(part("BYDAY")), clock),
    joined(
      fc.constant("FREQ=HOURLY"),
      fc.constantFrom(";INTERVAL=1", ";INTERVAL=5", ";INTERVAL=25"),
      optional(subset(weekdays, 3)).map(part("BYDAY")),
    ),
    joined(fc.constant("FREQ=MONTHLY"), interval, subset([...numbers(1, 31), -1, -31], 4).map(part("BYMONTHDAY")), clock),
    joined(
      fc.constant("RSCALE=GREGORIAN;FREQ=MONTHLY"),
      subset([29, 30, 31, -30, -31], 3).map(part("BYMONTHDAY")),
      fc.constantFrom(";SKIP=FORWARD", ";SKIP=BACKWARD"),
    ),
    joined(
      fc.constant("FREQ=MONTHLY"),
      subset(["1MO", "-1FR", "5TU", "WE", "2SA"], 3).map(part("BYDAY")),
      optional(subset([1, -1, 3], 2)).map(part("BYSETPOS")),
    ),
    joined(fc.constant("FREQ=YEARLY"), interval, subset([1, 60, 366, -1, -366], 3).map(part("BYYEARDAY"))),
    joined(
      fc.constant("FREQ=YEARLY"),
      subset([1, 20, 52, 53, -1], 3).map(part("BYWEEKNO")),
      optional(subset(weekdays, 3)).map(part("BYDAY")),
    ),
  )
  .chain((rule) =>
    fc
      .constantFrom("", ";COUNT=1", ";COUNT=7", ";COUNT=40", ";UNTIL=20270315T120000Z", ";UNTIL=20261101")
      .map((end) => `RRULE:${rule}${end}`),
  );

const anyStart: fc.Arbitrary<SeriesStart> = fc
  .record({
    local: fc
      .integer({ min: wall("2026-01-01 00:00") / 900_000, max: wall("2026-12-31 00:00") / 900_000 })
      .map((quarter) => quarter * 900_000),
    zone: fc.constantFrom("America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "UTC").map(zoneOf),
    duration: fc.record({
      kind: fc.constantFrom("wall" as const, "exact" as const),
      ms: fc.constantFrom(0, hour, 2 * hour, 30 * hour, 40 * day),
    }),
  })
  .map((start) => ({ ...start, allDay: false }));

const anyExtras = fc.array(
  fc.constantFrom(
    "RDATE;VALUE=PERIOD:20260601T120000Z/P60D",
    "RDATE:20260102T100000,20270202T101500Z",
    "EXDATE;VALUE=DATE:20260308,20261101",
    "EXRULE:FREQ=MONTHLY;BYDAY=2SU",
  ),
  { maxLength: 2 },
);

const limit = 300;
const settings = { seed: 20_261_123, numRuns: 400 };

describe("in general", () => {
  it("instances ascend, each start once, and none ends before it starts", () => {
    fc.assert(
      fc.property(anyStart, anyRule, anyExtras, (start, rule, extras) => {
        const found = take(compileSeries(start, [rule, ...extras]), limit);
        for (const [index, { start, end }] of found.entries()) {
          if (end < start || (index > 0 && start <= (found[index - 1]?.start ?? 0))) return false;
        }
        return true;
      }),
      settings,
    );
  });

  it("a late window has what the full walk has in it", () => {
    fc.assert(
      fc.property(
        anyStart,
        anyRule,
        anyExtras,
        fc.nat(limit),
        fc.nat(20 * day),
        fc.constantFrom(-hour, -1, 0, 1, hour),
        (start, rule, extras, index, width, nudge) => {
          const series = compileSeries(start, [rule, ...extras]);
          const all = take(series, limit);
          const known = all.length < limit ? Number.POSITIVE_INFINITY : (all.at(-1)?.start ?? 0);
          const from = (all[Math.min(index, all.length - 1)]?.start ?? start.local) + nudge;
          const to = Math.min(known, from + width);

          const expected = all.filter(({ start, end }) => start < to && (end > from || (start === end && start === from)));
          expect([...series.occurrences({ from, to })]).toEqual(expected);
        },
      ),
      settings,
    );
  });

  it("at finds exactly the instances of the full walk", () => {
    fc.assert(
      fc.property(anyStart, anyRule, anyExtras, (start, rule, extras) => {
        const series = compileSeries(start, [rule, ...extras]);
        for (const occurrence of take(series, 25)) {
          expect(series.at(occurrence.start)).toEqual(occurrence);
          expect(series.at(occurrence.start + 1)).toBeUndefined();
        }
      }),
      settings,
    );
  });

  it("bounds are those of the full walk", () => {
    fc.assert(
      fc.property(anyStart, anyRule, anyExtras, (start, rule, extras) => {
        const series = compileSeries(start, [rule, ...extras]);
        const all = take(series, 5_000);
        if (all.length === 5_000 || !/COUNT|UNTIL/.test(rule)) {
          expect(series.bounds?.first).toBe(all[0]?.start);
          return;
        }
        const lastEnd = all.reduce((latest, { end }) => Math.max(latest, end), Number.NEGATIVE_INFINITY);
        expect(series.bounds).toEqual(all.length === 0 ? undefined : { first: all[0]?.start, lastEnd });
      }),
      settings,
    );
  });

  it("rules of hours, minutes and seconds have what daily rules with the same times have", () => {
    const clockParts = fc.record({
      hours: subset(numbers(0, 23), 3),
      minutes: subset(numbers(0, 59), 3),
      seconds: subset(numbers(0, 59), 3),
      limits: fc.constantFrom("", ";BYDAY=MO,WE", ";BYMONTH=3,11", ";BYMONTHDAY=1,-1,15", ";BYMONTH=2;BYMONTHDAY=29"),
    });
    fc.assert(
      fc.property(anyStart, clockParts, (start, { hours, minutes, seconds, limits }) => {
        const times = `;BYHOUR=${hours};BYMINUTE=${minutes};BYSECOND=${seconds}${limits}`;
        const daily = take(compileSeries(start, [`RRULE:FREQ=DAILY${times}`]), 60);
        for (const frequency of ["HOURLY", "MINUTELY", "SECONDLY"]) {
          expect(take(compileSeries(start, [`RRULE:FREQ=${frequency}${times}`]), 60)).toEqual(daily);
        }
      }),
      { ...settings, numRuns: 100 },
    );
  });
});
