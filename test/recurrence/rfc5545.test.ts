import { findZone } from "#lib/model/zone.ts";
import { compileSeries } from "#lib/recurrence/series.ts";

const zone = findZone("America/New_York") ?? null;

const localOf = (text: string): number =>
  Date.parse(
    `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}T${text.slice(9, 11)}:${text.slice(11, 13)}:${text.slice(13, 15)}Z`,
  );

/** `1997-09-02 09:00` on the wall clock of New York. */
const shown = (local: number): string => new Date(local).toISOString().slice(0, 16).replace("T", " ");

const expand = (start: string, lines: readonly string[], limit: number): string[] => {
  const series = compileSeries({ local: localOf(start), zone, allDay: false, duration: { kind: "wall", ms: 0 } }, lines);
  const found: string[] = [];
  for (const { local } of series.occurrences({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY })) {
    found.push(shown(local));
    if (found.length === limit) break;
  }
  return found;
};

/** `1997-09: 2 4 9` is three days of a month at 09:00; `1997-09-02: 09:00 10:00` is two times of a day. */
const listed = (text: string): string[] =>
  text
    .trim()
    .split("\n")
    .flatMap((row) => {
      const [, head = "", tail = ""] = /^\s*([\d-]+): (.*)$/.exec(row) ?? [];
      const values = tail.trim().split(/\s+/);
      return values.map((value) => (head.length === 7 ? `${head}-${value.padStart(2, "0")} 09:00` : `${head} ${value}`));
    });

interface Example {
  readonly title: string;
  readonly start?: string;
  readonly lines: readonly string[];
  readonly expected: string;
  /** Whether the rule ends with what is listed. */
  readonly ends?: boolean;
}

const days = (from: number, to: number, step = 1): string =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step).join(" ");

const times = (from: string, to: string, stepMinutes: number): string => {
  const found: string[] = [];
  for (let time = Date.parse(`1970-01-01T${from}Z`); time <= Date.parse(`1970-01-01T${to}Z`); time += stepMinutes * 60_000) {
    found.push(new Date(time).toISOString().slice(11, 16));
  }
  return found.join(" ");
};

/** RFC 5545, 3.8.5.3, in its order. Where nothing else is said the start is 2 September 1997, 09:00 in New York. */
const examples: readonly Example[] = [
  { title: "daily for 10 occurrences", lines: ["RRULE:FREQ=DAILY;COUNT=10"], expected: `1997-09: ${days(2, 11)}`, ends: true },
  {
    title: "daily until December 24, 1997",
    lines: ["RRULE:FREQ=DAILY;UNTIL=19971224T000000Z"],
    expected: `1997-09: ${days(2, 30)}\n1997-10: ${days(1, 31)}\n1997-11: ${days(1, 30)}\n1997-12: ${days(1, 23)}`,
    ends: true,
  },
  {
    title: "every other day, forever",
    lines: ["RRULE:FREQ=DAILY;INTERVAL=2"],
    expected: `1997-09: ${days(2, 30, 2)}\n1997-10: ${days(2, 30, 2)}\n1997-11: ${days(1, 29, 2)}\n1997-12: ${days(1, 31, 2)}`,
  },
  {
    title: "every 10 days, 5 occurrences",
    lines: ["RRULE:FREQ=DAILY;INTERVAL=10;COUNT=5"],
    expected: "1997-09: 2 12 22\n1997-10: 2 12",
    ends: true,
  },
  ...[
    "RRULE:FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
    "RRULE:FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
  ].map((line) => ({
    title: `every day in January, for 3 years: ${line.slice(6, 18)}`,
    start: "19980101T090000",
    lines: [line],
    expected: `1998-01: ${days(1, 31)}\n1999-01: ${days(1, 31)}\n2000-01: ${days(1, 31)}`,
    ends: true,
  })),
  {
    title: "weekly for 10 occurrences",
    lines: ["RRULE:FREQ=WEEKLY;COUNT=10"],
    expected: "1997-09: 2 9 16 23 30\n1997-10: 7 14 21 28\n1997-11: 4",
    ends: true,
  },
  {
    title: "weekly until December 24, 1997",
    lines: ["RRULE:FREQ=WEEKLY;UNTIL=19971224T000000Z"],
    expected: "1997-09: 2 9 16 23 30\n1997-10: 7 14 21 28\n1997-11: 4 11 18 25\n1997-12: 2 9 16 23",
    ends: true,
  },
  {
    title: "every other week, forever",
    lines: ["RRULE:FREQ=WEEKLY;INTERVAL=2;WKST=SU"],
    expected: "1997-09: 2 16 30\n1997-10: 14 28\n1997-11: 11 25\n1997-12: 9 23\n1998-01: 6 20\n1998-02: 3 17",
  },
  ...["RRULE:FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "RRULE:FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH"].map(
    (line) => ({
      title: `weekly on Tuesday and Thursday for five weeks: ${line.slice(18, 23)}`,
      lines: [line],
      expected: "1997-09: 2 4 9 11 16 18 23 25 30\n1997-10: 2",
      ends: true,
    }),
  ),
  {
    title: "every other week on Monday, Wednesday and Friday until December 24, 1997",
    start: "19970901T090000",
    lines: ["RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR"],
    expected: "1997-09: 1 3 5 15 17 19 29\n1997-10: 1 3 13 15 17 27 29 31\n1997-11: 10 12 14 24 26 28\n1997-12: 8 10 12 22",
    ends: true,
  },
  {
    title: "every other week on Tuesday and Thursday, for 8 occurrences",
    lines: ["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH"],
    expected: "1997-09: 2 4 16 18 30\n1997-10: 2 14 16",
    ends: true,
  },
  {
    title: "monthly on the first Friday for 10 occurrences",
    start: "19970905T090000",
    lines: ["RRULE:FREQ=MONTHLY;COUNT=10;BYDAY=1FR"],
    expected:
      "1997-09: 5\n1997-10: 3\n1997-11: 7\n1997-12: 5\n1998-01: 2\n1998-02: 6\n1998-03: 6\n1998-04: 3\n1998-05: 1\n1998-06: 5",
    ends: true,
  },
  {
    title: "monthly on the first Friday until December 24, 1997",
    start: "19970905T090000",
    lines: ["RRULE:FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR"],
    expected: "1997-09: 5\n1997-10: 3\n1997-11: 7\n1997-12: 5",
    ends: true,
  },
  {
    title: "every other month on the first and last Sunday for 10 occurrences",
    start: "19970907T090000",
    lines: ["RRULE:FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU"],
    expected: "1997-09: 7 28\n1997-11: 2 30\n1998-01: 4 25\n1998-03: 1 29\n1998-05: 3 31",
    ends: true,
  },
  {
    title: "monthly on the second-to-last Monday for 6 months",
    start: "19970922T090000",
    lines: ["RRULE:FREQ=MONTHLY;COUNT=6;BYDAY=-2MO"],
    expected: "1997-09: 22\n1997-10: 20\n1997-11: 17\n1997-12: 22\n1998-01: 19\n1998-02: 16",
    ends: true,
  },
  {
    title: "monthly on the third-to-the-last day, forever",
    start: "19970928T090000",
    lines: ["RRULE:FREQ=MONTHLY;BYMONTHDAY=-3"],
    expected: "1997-09: 28\n1997-10: 29\n1997-11: 28\n1997-12: 29\n1998-01: 29\n1998-02: 26",
  },
  {
    title: "monthly on the 2nd and 15th for 10 occurrences",
    lines: ["RRULE:FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15"],
    expected: "1997-09: 2 15\n1997-10: 2 15\n1997-11: 2 15\n1997-12: 2 15\n1998-01: 2 15",
    ends: true,
  },
  {
    title: "monthly on the first and last day for 10 occurrences",
    start: "19970930T090000",
    lines: ["RRULE:FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1"],
    expected: "1997-09: 30\n1997-10: 1 31\n1997-11: 1 30\n1997-12: 1 31\n1998-01: 1 31\n1998-02: 1",
    ends: true,
  },
  {
    title: "every 18 months on the 10th to the 15th for 10 occurrences",
    start: "19970910T090000",
    lines: ["RRULE:FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15"],
    expected: "1997-09: 10 11 12 13 14 15\n1999-03: 10 11 12 13",
    ends: true,
  },
  {
    title: "every Tuesday, every other month",
    lines: ["RRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=TU"],
    expected: "1997-09: 2 9 16 23 30\n1997-11: 4 11 18 25\n1998-01: 6 13 20 27\n1998-03: 3 10 17 24 31",
  },
  {
    title: "yearly in June and July for 10 occurrences",
    start: "19970610T090000",
    lines: ["RRULE:FREQ=YEARLY;COUNT=10;BYMONTH=6,7"],
    expected:
      "1997-06: 10\n1997-07: 10\n1998-06: 10\n1998-07: 10\n1999-06: 10\n1999-07: 10\n2000-06: 10\n2000-07: 10\n2001-06: 10\n2001-07: 10",
    ends: true,
  },
  {
    title: "every other year in January, February and March for 10 occurrences",
    start: "19970310T090000",
    lines: ["RRULE:FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3"],
    expected:
      "1997-03: 10\n1999-01: 10\n1999-02: 10\n1999-03: 10\n2001-01: 10\n2001-02: 10\n2001-03: 10\n2003-01: 10\n2003-02: 10\n2003-03: 10",
    ends: true,
  },
  {
    title: "every third year on the 1st, 100th and 200th day for 10 occurrences",
    start: "19970101T090000",
    lines: ["RRULE:FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200"],
    expected:
      "1997-01: 1\n1997-04: 10\n1997-07: 19\n2000-01: 1\n2000-04: 9\n2000-07: 18\n2003-01: 1\n2003-04: 10\n2003-07: 19\n2006-01: 1",
    ends: true,
  },
  {
    title: "every 20th Monday of the year, forever",
    start: "19970519T090000",
    lines: ["RRULE:FREQ=YEARLY;BYDAY=20MO"],
    expected: "1997-05: 19\n1998-05: 18\n1999-05: 17",
  },
  {
    title: "Monday of week number 20, forever",
    start: "19970512T090000",
    lines: ["RRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO"],
    expected: "1997-05: 12\n1998-05: 11\n1999-05: 17",
  },
  {
    title: "every Thursday in March, forever",
    start: "19970313T090000",
    lines: ["RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=TH"],
    expected: "1997-03: 13 20 27\n1998-03: 5 12 19 26\n1999-03: 4 11 18 25",
  },
  {
    title: "every Thursday in June, July and August, forever",
    start: "19970605T090000",
    lines: ["RRULE:FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8"],
    expected:
      "1997-06: 5 12 19 26\n1997-07: 3 10 17 24 31\n1997-08: 7 14 21 28\n1998-06: 4 11 18 25\n1998-07: 2 9 16 23 30\n1998-08: 6 13 20 27",
  },
  {
    title: "every Friday the 13th, forever, without the start",
    lines: ["EXDATE;TZID=America/New_York:19970902T090000", "RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"],
    expected: "1998-02: 13\n1998-03: 13\n1998-11: 13\n1999-08: 13\n2000-10: 13",
  },
  {
    title: "the first Saturday that follows the first Sunday of the month, forever",
    start: "19970913T090000",
    lines: ["RRULE:FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13"],
    expected:
      "1997-09: 13\n1997-10: 11\n1997-11: 8\n1997-12: 13\n1998-01: 10\n1998-02: 7\n1998-03: 7\n1998-04: 11\n1998-05: 9\n1998-06: 13",
  },
  {
    title: "every fourth year, the first Tuesday after a Monday in November, forever",
    start: "19961105T090000",
    lines: ["RRULE:FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8"],
    expected: "1996-11: 5\n2000-11: 7\n2004-11: 2",
  },
  {
    title: "the third Tuesday, Wednesday or Thursday of the month, for 3 months",
    start: "19970904T090000",
    lines: ["RRULE:FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3"],
    expected: "1997-09: 4\n1997-10: 7\n1997-11: 6",
    ends: true,
  },
  {
    title: "the second-to-last weekday of the month, forever",
    start: "19970929T090000",
    lines: ["RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2"],
    expected: "1997-09: 29\n1997-10: 30\n1997-11: 27\n1997-12: 30\n1998-01: 29\n1998-02: 26\n1998-03: 30",
  },
  {
    title: "every 3 hours from 9:00 to 17:00 on one day (17:00 in New York, which the text of the RFC calls Z)",
    lines: ["RRULE:FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z"],
    expected: "1997-09-02: 09:00 12:00 15:00",
    ends: true,
  },
  {
    title: "every 15 minutes for 6 occurrences",
    lines: ["RRULE:FREQ=MINUTELY;INTERVAL=15;COUNT=6"],
    expected: "1997-09-02: 09:00 09:15 09:30 09:45 10:00 10:15",
    ends: true,
  },
  {
    title: "every hour and a half for 4 occurrences",
    lines: ["RRULE:FREQ=MINUTELY;INTERVAL=90;COUNT=4"],
    expected: "1997-09-02: 09:00 10:30 12:00 13:30",
    ends: true,
  },
  ...[
    "RRULE:FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
    "RRULE:FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
  ].map((line) => ({
    title: `every 20 minutes from 9:00 to 16:40 every day: ${line.slice(6, 19)}`,
    lines: [line],
    expected: `1997-09-02: ${times("09:00", "16:40", 20)}\n1997-09-03: ${times("09:00", "16:40", 20)}`,
  })),
  {
    title: "an interval of two weeks with weeks from Monday",
    start: "19970805T090000",
    lines: ["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO"],
    expected: "1997-08: 5 10 19 24",
    ends: true,
  },
  {
    title: "an interval of two weeks with weeks from Sunday",
    start: "19970805T090000",
    lines: ["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU"],
    expected: "1997-08: 5 17 19 31",
    ends: true,
  },
  {
    title: "a date that a month does not have is ignored",
    start: "20070115T090000",
    lines: ["RRULE:FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5"],
    expected: "2007-01: 15 30\n2007-02: 15\n2007-03: 15 30",
    ends: true,
  },
];

describe("the examples of RFC 5545, 3.8.5.3", () => {
  it.each(examples)("$title", ({ start = "19970902T090000", lines, expected, ends = false }) => {
    const instances = listed(expected);

    expect(expand(start, lines, instances.length + (ends ? 1 : 0))).toEqual(instances);
  });

  it("keeps 09:00 on the wall clock over the change of 26 October 1997", () => {
    const series = compileSeries(
      { local: localOf("19970902T090000"), zone, allDay: false, duration: { kind: "wall", ms: 3_600_000 } },
      ["RRULE:FREQ=DAILY;UNTIL=19971224T000000Z"],
    );
    const window = { from: Date.parse("1997-10-25T00:00:00Z"), to: Date.parse("1997-10-27T00:00:00Z") };

    expect([...series.occurrences(window)].map(({ start }) => new Date(start).toISOString())).toEqual([
      "1997-10-25T13:00:00.000Z",
      "1997-10-26T14:00:00.000Z",
    ]);
  });
});
