import ICAL from "ical.js";
import { readCalendar } from "#lib/ical/read-calendar.ts";
import { calendarChunks, calendarWriter, writeCalendar } from "#lib/ical/write-calendar.ts";
import type { Event } from "#lib/model/event.ts";
import { findZone } from "#lib/model/zone.ts";

const now = Date.UTC(2026, 3, 1);
const calendar = { name: "Team, A", description: "One\nTwo", zone: "Europe/Berlin" };

const at = (zone: string, ...[year, month, ...rest]: readonly [number, number, number, number, number?]) => {
  const local = Date.UTC(year, month - 1, ...rest);
  return { instant: findZone(zone)?.toInstant(local) ?? Number.NaN, local, zone };
};
const berlin = (...wall: readonly [number, number, number, number, number?]) => at("Europe/Berlin", ...wall);

const event = (fields: Partial<Event> = {}): Event => ({
  ...{
    calendarId: "c",
    id: "1",
    iCalUID: "1@x",
    sequence: 2,
    change: 1,
    created: Date.UTC(2026, 0, 1),
    updated: Date.UTC(2026, 0, 2),
  },
  ...{ status: "confirmed", start: berlin(2026, 3, 2, 12), end: berlin(2026, 3, 2, 13), details: { summary: "Lunch" } },
  ...fields,
});

/** The lines between BEGIN:VEVENT and END:VEVENT that begin with one of the names. */
const linesOf = (event: Event, ...names: readonly string[]): readonly string[] =>
  (writeCalendar(calendar, [event], { now }).split("BEGIN:VEVENT")[1] ?? "")
    .replaceAll("\r\n ", "")
    .split("\r\n")
    .filter((line) => names.includes(line.split(/[:;]/)[0] ?? ""));

it("writes a whole calendar that ical.js takes", () => {
  const text = writeCalendar(calendar, [event({ recurrence: ["RRULE:FREQ=WEEKLY"] })], { now });
  expect(text.split("\r\n").slice(0, 10)).toEqual([
    ...["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//calendar-api//Calendar//EN", "CALSCALE:GREGORIAN", "NAME:Team\\, A"],
    ...[
      "X-WR-CALNAME:Team\\, A",
      "DESCRIPTION:One\\nTwo",
      "X-WR-CALDESC:One\\nTwo",
      "X-WR-TIMEZONE:Europe/Berlin",
      "BEGIN:VTIMEZONE",
    ],
  ]);
  expect(text.slice(text.indexOf("BEGIN:VEVENT")).split("\r\n")).toEqual([
    ...[
      "BEGIN:VEVENT",
      "UID:1@x",
      "DTSTAMP:20260102T000000Z",
      "CREATED:20260101T000000Z",
      "LAST-MODIFIED:20260102T000000Z",
      "SEQUENCE:2",
    ],
    ...[
      "DTSTART;TZID=Europe/Berlin:20260302T120000",
      "DTEND;TZID=Europe/Berlin:20260302T130000",
      "RRULE:FREQ=WEEKLY",
      "STATUS:CONFIRMED",
    ],
    ...["SUMMARY:Lunch", "TRANSP:OPAQUE", "END:VEVENT", "END:VCALENDAR", ""],
  ]);
  expect(text).not.toContain("METHOD");
  expect(new ICAL.Component(ICAL.parse(text)).getAllSubcomponents().map(({ name }) => name)).toEqual(["vtimezone", "vevent"]);
});

describe("times", () => {
  it.each([
    [
      "whole days",
      { start: { date: "2026-03-02" }, end: { date: "2026-03-04" } },
      ["DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260304"],
    ],
    [
      "one day, which needs no end",
      { start: { date: "2026-03-02" }, end: { date: "2026-03-03" } },
      ["DTSTART;VALUE=DATE:20260302"],
    ],
    [
      "UTC",
      { start: at("UTC", 2026, 3, 2, 12), end: at("UTC", 2026, 3, 2, 13) },
      ["DTSTART:20260302T120000Z", "DTEND:20260302T130000Z"],
    ],
    ["no length, which no DTEND may say", { end: berlin(2026, 3, 2, 12) }, ["DTSTART;TZID=Europe/Berlin:20260302T120000"]],
    [
      "a wall clock in a gap as it was written",
      { start: berlin(2026, 3, 29, 2, 30), end: berlin(2026, 3, 29, 4) },
      ["DTSTART;TZID=Europe/Berlin:20260329T023000", "DTEND;TZID=Europe/Berlin:20260329T040000"],
    ],
    [
      "the second of two equal wall clocks in UTC",
      { start: { ...berlin(2026, 10, 25, 2, 30), instant: Date.UTC(2026, 9, 25, 1, 30) }, end: berlin(2026, 10, 25, 4) },
      ["DTSTART:20261025T013000Z", "DTEND;TZID=Europe/Berlin:20261025T040000"],
    ],
  ])("are written for %s", (_, fields, lines) => {
    expect(linesOf(event(fields), "DTSTART", "DTEND")).toEqual(lines);
  });

  it("have their zones defined once, before they are used, those of dates too", () => {
    const text = writeCalendar(
      calendar,
      [
        event({ recurrence: ["RRULE:FREQ=DAILY", "EXDATE;TZID=Asia/Tokyo:20260303T200000"] }),
        event({ iCalUID: "2@x", end: at("America/New_York", 2026, 3, 2, 9) }),
      ],
      { now },
    );
    const order = [...text.matchAll(/^(?:TZID|UID):(.*)\r$/gm)].map(([, name]) => name);
    expect(order).toEqual(["Europe/Berlin", "Asia/Tokyo", "1@x", "America/New_York", "2@x"]);
  });

  it("reach back as far as the first event", () => {
    const old = event({ start: berlin(1979, 7, 1, 12), end: berlin(1979, 7, 1, 13) });
    expect(writeCalendar(calendar, [event(), { ...old, iCalUID: "2@x" }], { now })).toContain(
      "BEGIN:DAYLIGHT\r\nDTSTART:19800406T020000",
    );
    expect(writeCalendar(calendar, [event()], { now })).not.toContain("1980");
  });
});

it("writes people and alarms", () => {
  const details = {
    summary: "Lunch",
    organizer: { email: "ana@x.example", displayName: "Berg, Ana" },
    attendees: [
      { email: "bo@x.example", responseStatus: "accepted", optional: true, additionalGuests: 2 },
      { email: "room@x.example", resource: true },
      { displayName: "nobody" },
    ],
    reminders: {
      overrides: [
        { method: "popup", minutes: 10 },
        { method: "email", minutes: 0 },
      ],
    },
  } as const;
  expect(linesOf(event({ details }), "ORGANIZER", "ATTENDEE", "ACTION", "TRIGGER", "DESCRIPTION")).toEqual([
    'ORGANIZER;CN="Berg, Ana":mailto:ana@x.example',
    "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED;X-NUM-GUESTS=2:mailto:bo@x.example",
    "ATTENDEE;CUTYPE=RESOURCE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:room@x.example",
    ...[
      "ACTION:DISPLAY",
      "TRIGGER:-PT10M",
      "DESCRIPTION:Lunch",
      "ACTION:EMAIL",
      "TRIGGER:-PT0M",
      "DESCRIPTION:Lunch",
      "ATTENDEE:mailto:ana@x.example",
    ],
  ]);
});

it("lets no field write lines of its own", () => {
  const evil = "x\r\nEND:VEVENT\rBEGIN:VEVENT\nUID:evil";
  const details = {
    ...{ summary: evil, description: evil, location: evil, source: { url: `https://${evil}` }, visibility: evil as "public" },
    organizer: { email: evil, displayName: evil },
    attendees: [{ email: evil, displayName: `"${evil}`, comment: evil }],
  };
  const text = writeCalendar({ ...calendar, name: evil }, [event({ iCalUID: evil, details, recurrence: [`RRULE:${evil}`] })], {
    now,
  });
  expect(text.match(/^(BEGIN|END|UID)[:;]/gm)?.filter((line) => line !== "BEGIN:" && line !== "END:")).toEqual(["UID:"]);
  expect(text.match(/^BEGIN:VEVENT/gm)).toHaveLength(1);
  expect(text).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
});

describe("cancelled", () => {
  const master = event({ recurrence: ["RRULE:FREQ=DAILY"] });
  const instance = (fields: Partial<Event>): Event => event({ id: "1_i", recurringEventId: "1", status: "cancelled", ...fields });

  it("single events and whole series are left out", () => {
    const moved = instance({ originalStart: berlin(2026, 3, 3, 12), status: "confirmed" });
    expect(writeCalendar(calendar, [event({ status: "cancelled" })], { now })).not.toContain("VEVENT");
    expect(writeCalendar(calendar, [moved, { ...master, status: "cancelled" }], { now })).not.toContain("BEGIN:VEVENT");
  });

  it.each([
    [
      "times",
      master,
      [berlin(2026, 3, 3, 12), at("UTC", 2026, 3, 30, 10)],
      "EXDATE;TZID=Europe/Berlin:20260303T120000,20260330T120000",
    ],
    ["UTC", { ...master, start: at("UTC", 2026, 3, 2, 12) }, [berlin(2026, 3, 3, 13)], "EXDATE:20260303T120000Z"],
    [
      "days",
      { ...master, start: { date: "2026-03-02" }, end: { date: "2026-03-03" } },
      [{ date: "2026-03-05" }],
      "EXDATE;VALUE=DATE:20260305",
    ],
  ])("instances become exclusions of %s", (_, main, starts, line) => {
    const instances = starts.map((originalStart) => instance({ originalStart }));
    const text = writeCalendar(calendar, [...instances, main], { now }).replaceAll("\r\n ", "");
    expect(text).toContain(`RRULE:FREQ=DAILY\r\n${line}\r\n`);
    expect(text.match(/BEGIN:VEVENT/g)).toHaveLength(1);
  });

  it("instances without their series are left out, changed ones are not", () => {
    const moved = instance({ originalStart: berlin(2026, 3, 4, 12), status: "confirmed" });
    const text = writeCalendar(calendar, [instance({ originalStart: berlin(2026, 3, 3, 12) }), moved], { now });
    expect(text.match(/^RECURRENCE-ID.*$/gm)).toEqual(["RECURRENCE-ID;TZID=Europe/Berlin:20260304T120000"]);
  });
});

it("comes in pieces that make the same text", () => {
  const events = [event(), event({ iCalUID: "2@x" })];
  const options = { now, since: now };
  const chunks = [
    ...calendarChunks(
      calendar,
      events.map((one) => [one]),
      options,
    ),
  ];
  expect(chunks).toHaveLength(4);
  expect(chunks.join("")).toBe(writeCalendar(calendar, events, options));
  const writer = calendarWriter(calendar, options);
  expect([writer.head(), ...events.map((one) => writer.series([one])), writer.foot()]).toEqual(chunks);
});

it("does not change with the clock while its events do not", () => {
  const write = (now: number) => writeCalendar(calendar, [event()], { now });
  expect(write(now + 1_000)).toBe(write(now));
  expect(readCalendar(write(now), { zone: "UTC" }).skipped).toEqual([]);
});
