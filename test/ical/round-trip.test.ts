import fc from "fast-check";
import { readCalendar } from "#lib/ical/read-calendar.ts";
import { writeCalendar } from "#lib/ical/write-calendar.ts";
import type { Event, EventDraft, EventTime } from "#lib/model/event.ts";
import { findZone } from "#lib/model/zone.ts";

/** What is written comes back as it was, for all that iCalendar and the model both hold. */

const day = 86_400_000;
const text = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 120 })
  .map((raw) => raw.replace(/\p{Cc}/gu, "\n"))
  .filter((clean) => clean.trim() !== "");
const word = text.map((raw) => raw.trim());
const email = fc.stringMatching(/^[a-z]{1,12}@[a-z]{2,12}\.example$/);
const zoneName = fc.constantFrom(
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Asia/Kolkata",
  "Etc/GMT+5",
  "US/Eastern",
);

const timed = (local: number, zone: string): EventTime => ({
  instant: findZone(zone)?.toInstant(local) ?? Number.NaN,
  local,
  zone,
});
const dated = (local: number): EventTime => ({ date: new Date(local).toISOString().slice(0, 10) });

/** Seconds of wall clock, also in gaps and where clocks go back. */
const wallClock = fc
  .integer({ min: Date.UTC(1971, 0, 1) / 1_000, max: Date.UTC(2040, 0, 1) / 1_000 })
  .map((second) => second * 1_000);
const spans = fc.oneof(
  fc
    .record({ local: wallClock, days: fc.integer({ min: 1, max: 40 }) })
    .map(({ local, days }) => ({ start: dated(local), end: dated(local + days * day) })),
  fc
    .record({ local: wallClock, length: fc.integer({ min: 3, max: 4_000 }), zone: zoneName })
    .map(({ local, length, zone }) => ({ start: timed(local, zone), end: timed(local + length * 3_600_000, zone) })),
  fc
    .record({ local: wallClock, zone: zoneName })
    .map(({ local, zone }) => ({ start: timed(local, zone), end: timed(local, zone) })),
);

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const attendee = fc.record(
  {
    email,
    displayName: word,
    responseStatus: fc.constantFrom("needsAction", "declined", "tentative", "accepted"),
    optional: fc.constant(true),
    resource: fc.constant(true),
    additionalGuests: fc.integer({ min: 1, max: 99 }),
    comment: word,
  },
  { requiredKeys: ["email", "responseStatus"] },
);
const reminder = fc.record({ method: fc.constantFrom("email", "popup"), minutes: fc.integer({ min: 0, max: 40_320 }) });
const details = fc
  .record(
    {
      summary: text,
      description: text,
      location: text,
      transparency: fc.constant("transparent"),
      visibility: fc.constantFrom("public", "private", "confidential"),
      organizer: fc.record({ email, displayName: word }, { requiredKeys: ["email"] }),
      attendees: fc.array(attendee, { minLength: 1, maxLength: 4 }),
      reminders: fc
        .uniqueArray(reminder, { minLength: 1, maxLength: 5, selector: ({ method, minutes }) => `${method} ${minutes}` })
        .map((overrides) => ({ useDefault: false, overrides })),
      source: fc.webUrl().map((url) => ({ url })),
    },
    { requiredKeys: [] },
  )
  .map(({ organizer, attendees, ...rest }) => ({
    ...rest,
    ...(organizer ? { organizer } : {}),
    ...(attendees
      ? { attendees: attendees.map((guest) => (guest.email === organizer?.email ? { ...guest, organizer: true } : guest)) }
      : {}),
  }));

const draft = fc
  .record({
    iCalUID: fc.stringMatching(/^[\x21-\x7e]{1,80}$/),
    status: fc.constantFrom("confirmed" as const, "tentative" as const),
    sequence: fc.nat({ max: 1_000 }),
    span: spans,
    rule: optional(fc.constantFrom("RRULE:FREQ=DAILY;COUNT=9", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20400101T000000Z")),
    moved: optional(spans),
    details,
  })
  .map(({ span, rule, moved, ...rest }) => {
    const main = { ...rest, ...span, ...(rule === undefined ? {} : { recurrence: [rule] }) } as EventDraft;
    // An instance of a series starts as the series does: on a day or at a time.
    const override = rule !== undefined && moved ? ({ ...rest, ...moved, originalStart: span.start } as EventDraft) : undefined;
    return { main, override };
  });

const kept = (draft: EventDraft, id: string): Event => {
  const { iCalUID = "", sequence = 0 } = draft;
  return { ...draft, calendarId: "c", id, iCalUID, sequence, change: 1, created: 0, updated: 0 };
};

it("reads what it wrote", () => {
  const series = fc.uniqueArray(draft, { maxLength: 6, selector: ({ main }) => main.iCalUID });
  fc.assert(
    fc.property(word, series, (name, drafts) => {
      const events = drafts.flatMap(({ main, override }, i) => [
        kept(main, `${i}`),
        ...(override ? [kept(override, `${i}_`)] : []),
      ]);
      const read = readCalendar(writeCalendar({ name, zone: "Europe/Berlin" }, events, { now: Date.UTC(2026, 3, 1) }), {
        zone: "Asia/Tokyo",
      });
      expect(read).toEqual({
        name,
        zone: "Europe/Berlin",
        series: drafts.map(({ main, override }) => ({
          uid: main.iCalUID,
          main,
          overrides: override ? [override] : [],
          notes: [],
        })),
        skipped: [],
      });
    }),
    { numRuns: 150 },
  );
});
