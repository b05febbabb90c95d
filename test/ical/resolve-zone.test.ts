import { components } from "#lib/ical/component.ts";
import { observanceLines, zoneLines } from "#lib/ical/read-zone.ts";
import { zoneOfName, zoneResolver, zonesRead } from "#lib/ical/resolve-zone.ts";
import { european, zoneText } from "./zone-text.ts";

it.each([
  ["Europe/Berlin", "Europe/Berlin"],
  ["europe/berlin", "Europe/Berlin"],
  ['"Europe/Berlin"', "Europe/Berlin"],
  ["America/New York", "America/New_York"],
  ["/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"],
  ["/mozilla.org/20070129_1/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"],
  ["/softwarestudio.org/Olson_20011030_5/UTC", "UTC"],
  ["Eastern Standard Time", "America/New_York"],
  ["w. europe standard time", "Europe/Berlin"],
  ["Pacific Standard Time 1", "America/Los_Angeles"],
  ["Eastern Daylight Time", "America/New_York"],
  ["India Standard Time", "Asia/Kolkata"],
  ["(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"],
  ["(GMT-05.00) Eastern Time (US & Canada)", "America/New_York"],
  ["(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam"],
  ["(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius", "Europe/Helsinki"],
  ["(UTC+10:00) Canberra, Melbourne, Sydney", "Australia/Melbourne"],
  ["(UTC) Coordinated Universal Time", "UTC"],
  ["GMT-0500", "Etc/GMT+5"],
  ["UTC+2", "Etc/GMT-2"],
])("knows %s by its name", (tzid, zone) => {
  expect(zoneOfName(tzid)).toBe(zone);
});

it.each([
  "Customized Time Zone",
  "tzone://Microsoft/Custom",
  "(UTC+05:00) Berlin",
  "GMT+20",
  "",
  "constructor",
  "__proto__",
  "/".repeat(199),
])("knows no zone by the name %j", (tzid) => {
  expect(zoneOfName(tzid)).toBeUndefined();
});

const resolve = (tzid: string, text = "", local = Date.UTC(2026, 6, 1, 12)) =>
  zoneResolver(
    [...components(text, { VTIMEZONE: zoneLines, STANDARD: observanceLines, DAYLIGHT: observanceLines })],
    "Asia/Tokyo",
    zonesRead(),
  ).resolve(tzid, local);

describe("a made-up name", () => {
  it.each([
    ["Central European rules", european("X", "+0100", "+0200"), "Europe/Berlin"],
    ["a summer time that begins an hour off", european("X", "+0100", "+0200", "03"), "Europe/Berlin"],
    ["Eastern European rules", european("X", "+0200", "+0300"), "Europe/Helsinki"],
    [
      "American rules by set position",
      zoneText(
        "X",
        ["20070311T020000", "-0800", "-0700", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYSETPOS=2"],
        ["20071104T020000", "-0700", "-0800", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=SU;BYSETPOS=1"],
      ),
      "America/Los_Angeles",
    ],
    [
      "American rules by days of the month",
      zoneText(
        "X",
        ["20070311T020000", "-0500", "-0400", "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=SU"],
        ["20071104T020000", "-0400", "-0500", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"],
      ),
      "America/New_York",
    ],
    [
      "the American rules of before 2007",
      zoneText(
        "X",
        ["19870405T020000", "-0500", "-0400", "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU"],
        ["19671029T020000", "-0400", "-0500", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"],
      ),
      "America/New_York",
    ],
    [
      "rules that have ended",
      zoneText(
        "X",
        ["19970406T020000", "-0500", "-0400", "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T070000Z"],
        ["19971026T020000", "-0400", "-0500", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20061029T060000Z"],
      ),
      "America/New_York",
    ],
    [
      "nothing but the changes of one year",
      zoneText("X", ["20190310T020000", "-0500", "-0400"], ["20191103T020000", "-0400", "-0500"]),
      "America/New_York",
    ],
    [
      "southern summer",
      zoneText(
        "X",
        ["16010101T030000", "+1100", "+1000", "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4"],
        ["16010101T020000", "+1000", "+1100", "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=10"],
      ),
      "Australia/Sydney",
    ],
    ["one whole offset", zoneText("X", ["16010101T000000", "+0300", "+0300"]), "Etc/GMT-3"],
    ["no offset", zoneText("X", ["16010101T000000", "+0000", "+0000"]), "UTC"],
    ["one offset with a half hour", zoneText("X", ["16010101T000000", "+0530", "+0530"]), "Asia/Kolkata"],
    [
      "X-LIC-LOCATION",
      zoneText("X", ["19700101T000000", "+0100", "+0100", "END:STANDARD\nX-LIC-LOCATION:Europe/Vienna"]),
      "Europe/Vienna",
    ],
  ])("with %s is found", (_, text, zone) => {
    expect(resolve("X", text)).toEqual({ zone });
  });

  it("with rules that no zone has keeps the offset of the day, with a note", () => {
    const text = zoneText(
      "X",
      ["16010101T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYDAY=1TU;BYMONTH=9"],
      ["16010101T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYDAY=2WE;BYMONTH=5"],
    );
    expect(resolve("X", text)).toEqual({ zone: "Etc/GMT-2", note: expect.stringContaining("rules of its own") });
    expect(resolve("X", text, Date.UTC(2026, 0, 1))).toMatchObject({ zone: "Etc/GMT-1" });
  });

  it("with an odd offset is refused", () => {
    expect(resolve("X", zoneText("X", ["16010101T000000", "+0117", "+0117"]))).toEqual({
      reason: expect.stringContaining('"X"'),
    });
  });

  it("without a definition means the calendar's zone, with a note", () => {
    expect(resolve("Customized Time Zone")).toEqual({ zone: "Asia/Tokyo", note: expect.stringContaining("not defined") });
    expect(resolve("X", "BEGIN:VTIMEZONE\nTZID:X\nEND:VTIMEZONE")).toEqual({
      zone: "Asia/Tokyo",
      note: expect.stringContaining("no offsets"),
    });
  });
});

it("believes a real name rather than its definition", () => {
  expect(resolve("Europe/Berlin", european("Europe/Berlin", "-0800", "-0700"))).toEqual({ zone: "Europe/Berlin" });
});

it("does not believe a short name whose definition has summer time", () => {
  expect(resolve("GMT", european("GMT", "+0000", "+0100", "01"))).toEqual({ zone: "Europe/London" });
  expect(resolve("GMT", zoneText("GMT", ["16010101T000000", "+0000", "+0000"]))).toEqual({ zone: "GMT" });
});

it("finds the definition whatever the case and quotes of its name", () => {
  expect(resolve("My Zone", european('"MY ZONE"', "+0100", "+0200"))).toEqual({ zone: "Europe/Berlin" });
});

it("stops reading definitions where no calendar would need more", () => {
  const names = Array.from({ length: 60 }, (_, i) => `Zone ${i}x`);
  const text = names.map((name) => european(name, "+0117", "+0217")).join("\n");
  const zones = zoneResolver([...components(text, { VTIMEZONE: zoneLines, STANDARD: observanceLines })], "UTC", zonesRead());
  expect(names.map((name) => zones.resolve(name, 0)).at(-1)).toEqual({ reason: expect.stringContaining("more than 50") });
});

it("reads the same definition once, in however many calendars it stands", () => {
  const read = zonesRead();
  const wanted = { VTIMEZONE: zoneLines, STANDARD: observanceLines };
  const zones = Array.from({ length: 100 }, () =>
    zoneResolver([...components(european("X", "+0100", "+0200"), wanted)], "UTC", read),
  );
  expect(new Set(zones.map((resolver) => JSON.stringify(resolver.resolve("X", 0))))).toEqual(
    new Set(['{"zone":"Europe/Berlin"}']),
  );
  expect(read.definitions).toBe(1);
});
