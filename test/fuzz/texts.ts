/** The words requests are made of: what clients send, and what nobody should. */
import fc from "fast-check";

/** Texts that have broken programs before. */
const notorious = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "x\udfffy",
  "\ufeff",
  "\u202eabc",
  "👩‍👩‍👧‍👦",
  "ﬁ İ ß ǅ",
  "Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠k",
  "a\r\nX-Injected: 1",
  "\t\n\v\f\x7f\x1b[31m",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "null",
  "undefined",
  "NaN",
  "true",
  "-1",
  "0x10",
  "1e309",
  "' or 1=1 --",
  "$1",
  "%",
  "%00",
  "%c3%28",
  "../../etc/passwd",
  "\\",
  "{{7*7}}",
  "*",
  "primary",
  "me",
  "_",
  "_20260309T090000Z",
  "a".repeat(400),
  "é".repeat(3_000),
  "x".repeat(70_000),
];

export const oddText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...notorious) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);

const words = [
  "Lunch",
  "Stand-up",
  "Zürich",
  "Ana & Ben",
  "会議",
  "Q3: plan <b>",
  "7",
  "a",
  "pay day tomorrow 9am",
  "lunch on friday",
];

export const plainText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }) },
);

export const zoneName: fc.Arbitrary<string> = fc.constantFrom(
  ...["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca"],
  ...["Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran", "Europe/Dublin", "Etc/GMT+12", "Pacific/Kiritimati"],
);
export const oddZoneName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "Mars/Olympus",
    "GMT+25",
    "utc",
    "europe/berlin",
    "+01:00",
    "EST5EDT",
    "W. Europe Standard Time",
    "SystemV/PST8",
  ),
  oddText,
);

const pad = (value: number, length = 2) => String(value).padStart(length, "0");

/** A day near those of the scenes. */
export const day: fc.Arbitrary<string> = fc
  .integer({ min: -40, max: 400 })
  .map((days) => new Date(Date.UTC(2026, 2, 1) + days * 86_400_000).toISOString().slice(0, 10));
export const oddDay: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "-271821-04-20", "+275760-09-13", "2026-02-29"),
  fc.constantFrom("2026-02-30", "2026-13-01", "2026-00-00", "2026-3-1", "20260301", "2026-W10-1", "１９９９-01-01"),
  fc
    .record({ year: fc.nat(9_999), month: fc.nat(13), date: fc.nat(32) })
    .map(({ year, month, date }) => `${pad(year, 4)}-${pad(month)}-${pad(date)}`),
  oddText,
);

const clock: fc.Arbitrary<string> = fc.constantFrom("00:00:00", "02:30:00", "09:00:00", "12:15:30", "23:59:59");
const offset: fc.Arbitrary<string> = fc.constantFrom("Z", "+00:00", "-05:00", "+05:30", "+14:00", "-12:00");

/** RFC 3339 with an offset. */
export const moment: fc.Arbitrary<string> = fc
  .record({ day, clock, offset, fraction: fc.constantFrom("", "", ".5", ".123456789") })
  .map(({ day, clock, offset, fraction }) => `${day}T${clock}${fraction}${offset}`);
export const oddMoment: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59Z"),
  fc.constantFrom("-271821-04-20T00:00:00Z", "+275760-09-13T00:00:00.001Z", "2016-12-31T23:59:60Z", "2026-03-29T02:30:00"),
  fc.constantFrom("2026-03-08T24:00:00Z", "2026-03-08T09:00Z", "2026-03-08 09:00:00+01:00", "2026-03-08T09:00:00+99:99", "now"),
  fc.tuple(oddDay, clock, offset).map(([day, clock, offset]) => `${day}T${clock}${offset}`),
  fc.tuple(day, clock).map(([day, clock]) => `${day}T${clock}`),
  oddText,
);

const frequency = fc.constantFrom("DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "MINUTELY", "SECONDLY");
const basic = (text: string) => text.replaceAll(/[-:]|\.\d+/g, "");
const until = fc.oneof(
  moment.map((text) => `${basic(text).slice(0, 15)}Z`),
  day.map(basic),
);

const part = (name: string, values: fc.Arbitrary<unknown>): fc.Arbitrary<string> => values.map((value) => `${name}=${value}`);
const listOf = (values: fc.Arbitrary<unknown>, maxLength = 4) =>
  fc.array(values, { minLength: 1, maxLength }).map((found) => found.join(","));
const weekday = fc.constantFrom("MO", "TU", "WE", "TH", "FR", "SA", "SU");
const ordinalDay = fc.tuple(fc.constantFrom("", "", "1", "-1", "3", "-53"), weekday).map((pair) => pair.join(""));

/** A rule that most clients could have written. */
export const rule: fc.Arbitrary<string> = fc
  .record({
    frequency: fc.constantFrom("DAILY", "WEEKLY", "MONTHLY", "YEARLY"),
    end: fc.oneof(part("COUNT", fc.integer({ min: 1, max: 40 })), part("UNTIL", until), fc.constant("")),
    interval: fc.oneof(fc.constant(""), part("INTERVAL", fc.integer({ min: 1, max: 5 }))),
    by: fc.oneof(fc.constant(""), part("BYDAY", listOf(weekday)), part("BYMONTH", listOf(fc.integer({ min: 1, max: 12 })))),
  })
  .map(({ frequency, end, interval, by }) => [`RRULE:FREQ=${frequency}`, interval, by, end].filter(Boolean).join(";"));

const absurdPart: fc.Arbitrary<string> = fc.oneof(
  part("INTERVAL", fc.constantFrom(0, -1, 1, 2, 999_999_999, "1e3", "99999999999999999999")),
  part("COUNT", fc.constantFrom(0, 1, 730, 2_000_000_000, -5)),
  part("UNTIL", fc.oneof(until, oddDay, fc.constantFrom("99991231T235959Z", "00010101", "20260101T000000"))),
  part("BYDAY", listOf(ordinalDay, 12)),
  part("BYMONTHDAY", listOf(fc.integer({ min: -32, max: 32 }), 40)),
  part("BYYEARDAY", listOf(fc.integer({ min: -367, max: 367 }), 60)),
  part("BYWEEKNO", listOf(fc.integer({ min: -54, max: 54 }), 20)),
  part("BYMONTH", listOf(fc.oneof(fc.integer({ min: -1, max: 13 }), fc.constant("5L")), 13)),
  part("BYSETPOS", listOf(fc.integer({ min: -367, max: 367 }), 10)),
  part("BYHOUR", listOf(fc.integer({ min: -1, max: 24 }), 25)),
  part("BYMINUTE", listOf(fc.integer({ min: -1, max: 60 }), 61)),
  part("BYSECOND", listOf(fc.integer({ min: -1, max: 61 }), 62)),
  part("WKST", fc.oneof(weekday, fc.constant("XX"))),
  part("RSCALE", fc.constantFrom("GREGORIAN", "CHINESE", "HEBREW")),
  part("SKIP", fc.constantFrom("OMIT", "BACKWARD", "FORWARD")),
  part("X-ODD", oddText),
);

const dates = fc.oneof(
  until,
  oddDay.map(basic),
  until.map((text) => `${text}/PT1H`),
  fc.constant("20260101T000000Z/20250101T000000Z"),
);

/** A line of `recurrence` made by the grammar, or nearly: much of it makes no sense, and some of it is dear. */
export const oddRule: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({
        name: fc.constantFrom("RRULE", "RRULE", "RRULE", "EXRULE", "rrule"),
        frequency,
        parts: fc.array(absurdPart, { maxLength: 5 }),
      })
      .map(({ name, frequency, parts }) => `${name}:${[`FREQ=${frequency}`, ...parts].join(";")}`),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({
        name: fc.constantFrom("RDATE", "EXDATE"),
        parameter: fc.oneof(
          fc.constantFrom("", ";VALUE=DATE", ";VALUE=PERIOD", ";VALUE=DATE-TIME"),
          zoneName.map((zone) => `;TZID=${zone}`),
          oddText.map((text) => `;TZID=${text}`),
        ),
        values: listOf(dates, 30),
      })
      .map(({ name, parameter, values }) => `${name}${parameter}:${values}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("DTSTART:20260101T000000Z", "RRULE:", "RRULE", "FREQ=DAILY", ":", "RRULE:FREQ=DAILY;FREQ=DAILY"),
  },
  { weight: 1, arbitrary: oddText },
);

/** Lines of an iCalendar file; `odd` ones where nothing is promised. */
export const calendarText = (isOdd: boolean): fc.Arbitrary<string> => {
  const summary = isOdd ? fc.oneof(plainText, oddText) : plainText;
  const property = fc.oneof(
    summary.map((text) => `SUMMARY:${text.replaceAll(/[\r\n]/g, " ")}`),
    fc.constantFrom("STATUS:TENTATIVE", "TRANSP:TRANSPARENT", "CLASS:PRIVATE", "SEQUENCE:3", "LOCATION:Room 1\\, left"),
    isOdd ? oddRule : rule,
    fc.constantFrom("ATTENDEE;PARTSTAT=ACCEPTED:mailto:guest@example.net", "ORGANIZER:mailto:boss@example.net"),
    ...(isOdd
      ? [
          oddText,
          fc.constantFrom("BEGIN:VALARM", "END:VEVENT", "BEGIN:VEVENT", "DURATION:-P1D", "DTSTART;VALUE=DATE:20260231", "UID:"),
          dates.map((text) => `RECURRENCE-ID:${text}`),
        ]
      : []),
  );
  const event = fc
    .record({
      uid: fc.nat(20),
      start: isOdd ? fc.oneof(until, dates) : until,
      zone: fc.oneof(
        fc.constant(""),
        (isOdd ? oddZoneName : zoneName).map((zone) => `;TZID=${zone}`),
      ),
      properties: fc.array(property, { maxLength: 5 }),
    })
    .map(({ uid, start, zone, properties }) => {
      const isDay = /^\d{8}$/.test(start);
      const form = isDay ? ";VALUE=DATE" : start.endsWith("Z") ? "" : zone;
      const lines = ["BEGIN:VEVENT", `UID:fuzz-${uid}@example.org`, `DTSTART${form}:${start}`, ...properties, "END:VEVENT"];
      return lines.join("\r\n");
    });
  return fc
    .array(event, { maxLength: 4 })
    .map((events) => ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//fuzz//EN", ...events, "END:VCALENDAR", ""].join("\r\n"));
};
