import ICAL from "ical.js";
import { components } from "#lib/ical/component.ts";
import { observanceLines, readZone, zoneLines } from "#lib/ical/read-zone.ts";
import { windowsZones } from "#lib/ical/windows-zones.ts";
import { writeZone } from "#lib/ical/write-zone.ts";
import { findZone } from "#lib/model/zone.ts";

const now = Date.UTC(2026, 3, 1);
const day = 86_400_000;

it("writes rules that hold on, and nothing of years that do not matter", () => {
  expect(writeZone("America/New_York", Date.UTC(2020, 5, 1), now).split("\r\n")).toEqual([
    ...["BEGIN:VTIMEZONE", "TZID:America/New_York", "X-LIC-LOCATION:America/New_York"],
    ...["BEGIN:STANDARD", "DTSTART:20191231T190000", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0500", "END:STANDARD"],
    ...["BEGIN:DAYLIGHT", "DTSTART:20200308T020000", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0400"],
    ...["RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "END:DAYLIGHT"],
    ...["BEGIN:STANDARD", "DTSTART:20201101T020000", "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500"],
    ...["RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU", "END:STANDARD"],
    ...["END:VTIMEZONE", ""],
  ]);
});

it.each([
  ["the last Sunday", "Europe/Berlin", "BYMONTH=3;BYDAY=-1SU\r\n"],
  ["the Friday before the last Sunday", "Asia/Jerusalem", "BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=FR\r\n"],
  ["the first Sunday from the second on", "America/Santiago", "BYMONTHDAY=2,3,4,5,6,7,8;BYDAY=SU\r\n"],
  ["a rule that has ended", "America/Sao_Paulo", ";UNTIL="],
])("says %s", (_, zone, part) => {
  expect(writeZone(zone, Date.UTC(2009), now).replaceAll("\r\n ", "")).toContain(part);
});

it("lists the changes of years that have no rule", () => {
  const text = writeZone("Asia/Jerusalem", Date.UTC(2005), now).replaceAll("\r\n ", "");
  expect(text).toContain(
    "DTSTART:20051009T020000\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0200\r\nRDATE:20061001T020000,20070916T020000,",
  );
  expect(text.match(/RRULE/g)).toHaveLength(4);
});

it("calls the larger offset of a year the daylight one, in the south as well", () => {
  const text = writeZone("Australia/Sydney", Date.UTC(2026), now);
  expect(text).toContain("BEGIN:DAYLIGHT\r\nDTSTART:20260101T110000\r\nTZOFFSETFROM:+1100\r\nTZOFFSETTO:+1100\r\nEND:DAYLIGHT");
  expect(text).toContain("BEGIN:STANDARD\r\nDTSTART:20260405T030000\r\nTZOFFSETFROM:+1100\r\nTZOFFSETTO:+1000");
});

it("writes a zone without changes, and one whose offset has half hours", () => {
  expect(writeZone("Asia/Kolkata", now, now)).toContain(
    "TZOFFSETFROM:+0530\r\nTZOFFSETTO:+0530\r\nEND:STANDARD\r\nEND:VTIMEZONE",
  );
  expect(() => writeZone("Nowhere", now, now)).toThrow(RangeError);
});

/** Some of each continent, and those whose governments keep changing their minds. */
const manyZones = [
  ...windowsZones().filter((_, i) => i % 12 === 0),
  ...["Africa/Cairo", "Africa/Casablanca", "Africa/Monrovia", "America/Sao_Paulo", "Asia/Amman", "Asia/Tehran", "Europe/Dublin"],
  ...["Europe/Istanbul", "Europe/Moscow", "Pacific/Apia", "Pacific/Fiji"],
];

it("has the offsets of the zone from 1970 to 2050, noon for noon", () => {
  for (const name of manyZones) {
    const [component] = components(writeZone(name, 0, now), {
      VTIMEZONE: zoneLines,
      STANDARD: observanceLines,
      DAYLIGHT: observanceLines,
    });
    const onsets = component ? readZone(component)?.onsets(1969, 2050) : undefined;
    const zone = findZone(name);
    const wrong: string[] = [];
    let at = 0;
    for (let instant = day / 2; instant < Date.UTC(2050, 0, 1); instant += day) {
      while ((onsets?.[at + 1]?.at ?? Number.POSITIVE_INFINITY) <= instant) at += 1;
      if (onsets?.[at]?.offset !== zone?.offsetAt(instant)) wrong.push(new Date(instant).toISOString());
    }
    expect([name, ...wrong.slice(0, 3)]).toEqual([name]);
  }
});

it.each(["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Jerusalem"])("is read by ical.js as %s is", (name) => {
  const text = writeZone(name, Date.UTC(2024), now);
  const zone = new ICAL.Timezone({ component: new ICAL.Component(ICAL.parse(text)), tzid: name });
  for (let local = Date.UTC(2024, 0, 2, 12); local < Date.UTC(2032, 0, 1); local += 5 * day) {
    const date = new Date(local);
    const time = ICAL.Time.fromData({
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: 12,
    });
    expect([date, zone.utcOffset(time) * 1_000]).toEqual([date, local - (findZone(name)?.toInstant(local) ?? 0)]);
  }
});
