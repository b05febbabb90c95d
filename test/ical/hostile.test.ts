import { readFileSync } from "node:fs";
import fc from "fast-check";
import { CalendarTextError, readCalendar } from "#lib/ical/read-calendar.ts";

/** Whatever is sent, an answer comes: soon, and never another error than the one for text that is no calendar. */

const fixtures = ["google-team", "apple-holidays", "outlook-export"].map((name) =>
  readFileSync(new URL(`./fixtures/${name}.ics`, import.meta.url), "utf8"),
);

const read = (text: string) => {
  try {
    return readCalendar(text, { zone: "Europe/Berlin" });
  } catch (error) {
    if (error instanceof CalendarTextError) return undefined;
    throw error;
  }
};

it("survives any damage to a real file", () => {
  const damage = fc.record({
    at: fc.nat({ max: 9_999 }),
    length: fc.nat({ max: 60 }),
    text: fc.oneof(fc.string(), fc.constantFrom(":", ";", "\r", '"', "99")),
  });
  fc.assert(
    fc.property(fc.constantFrom(...fixtures), fc.array(damage, { minLength: 1, maxLength: 12 }), (text, damages) => {
      const damaged = damages.reduce(
        (text, { at, length, text: put }) => text.slice(0, at) + put + text.slice(at + length),
        text,
      );
      const calendar = read(damaged);
      for (const { main, overrides } of calendar?.series ?? []) {
        for (const draft of [...(main ? [main] : []), ...overrides]) expect(JSON.stringify(draft)).not.toContain("null");
      }
    }),
    { numRuns: 500 },
  );
});

const event = (uid: number, tzid: string) => `BEGIN:VEVENT\nUID:${uid}\nDTSTART;TZID="${tzid}":20260302T120000\nEND:VEVENT\n`;
const many = <T>(count: number, make: (i: number) => T): readonly T[] => Array.from({ length: count }, (_, i) => make(i));
const odd = (tzid: string, extra = "") =>
  `BEGIN:VTIMEZONE\nTZID:${tzid}\n${extra}BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0117\nTZOFFSETTO:+0217\n` +
  `RRULE:FREQ=YEARLY;BYMONTH=5\nRDATE:${"20260101T000000,".repeat(2_000)}\nEND:STANDARD\nEND:VTIMEZONE\n`;

it.each([
  ["a million blank lines", () => "\n".repeat(1_000_000)],
  ["nothing but BEGINs", () => "BEGIN:VEVENT\n".repeat(50_000)],
  ["as many calendars", () => "BEGIN:VCALENDAR\nX-WR-TIMEZONE:(UTC+01:00) a,b,c,d,e,f,g\n".repeat(50_000)],
  [
    "a zone name for each event",
    () => `BEGIN:VCALENDAR\n${many(10_000, (i) => event(i, `(UTC+01:00) ${i}, b, c, d, e, f`)).join("")}`,
  ],
  ["a zone of its own for each event", () => `BEGIN:VCALENDAR\n${many(500, (i) => odd(`Z${i}x`) + event(i, `Z${i}x`)).join("")}`],
  [
    "one monstrous zone for all events",
    () => `BEGIN:VCALENDAR\n${odd("Z", odd("Y").repeat(20))}${many(10_000, (i) => event(i, "Z")).join("")}`,
  ],
  ["nothing but guests", () => `BEGIN:VEVENT\nUID:1\nDTSTART:20260302\n${"ATTENDEE:mailto:a@b.c\n".repeat(100_000)}END:VEVENT`],
  [
    "nothing but excluded dates",
    () => `BEGIN:VEVENT\nUID:1\nDTSTART:20260302\nRRULE:FREQ=DAILY\nEXDATE:${"20260302,x,".repeat(100_000)}\nEND:VEVENT`,
  ],
  ["one UID for all", () => "BEGIN:VEVENT\nUID:1\nDTSTART:20260302\nEND:VEVENT\n".repeat(20_000)],
])("answers soon to %s", (_, make) => {
  const text = make();
  const started = performance.now();
  read(text);
  expect(performance.now() - started).toBeLessThan(10_000);
});
