import { addDays, readDuration, readOffset, readStamp } from "#lib/ical/read-time.ts";

it.each([
  ["20260308", { date: "2026-03-08" }],
  ["20260308T023000", { local: Date.UTC(2026, 2, 8, 2, 30), utc: false }],
  ["20260308T023000Z", { local: Date.UTC(2026, 2, 8, 2, 30), utc: true }],
  [" 2026-03-08T02:30:00.000z ", { local: Date.UTC(2026, 2, 8, 2, 30), utc: true }],
  ["20260308T0230", { local: Date.UTC(2026, 2, 8, 2, 30), utc: false }],
  ["20161231T235960Z", { local: Date.UTC(2016, 11, 31, 23, 59, 59), utc: true }],
  ["16010101T000000", { local: Date.UTC(1601, 0, 1), utc: false }],
  ["00010101", { date: "0001-01-01" }],
])("reads the time %s", (text, expected) => {
  expect(readStamp(text)).toEqual(expected);
});

it.each([
  "",
  "20260230",
  "20261301",
  "00000101",
  "20260308T240000",
  "20260308T026000",
  "2026030",
  "soon",
  "20260308T02",
  "20260308TZ",
])("refuses the time %j", (text) => {
  expect(readStamp(text)).toBeUndefined();
});

it.each([
  ["P1D", { days: 1, ms: 0 }],
  ["P2W", { days: 14, ms: 0 }],
  ["PT1H30M", { days: 0, ms: 5_400_000 }],
  ["-P1DT2H", { days: -1, ms: -7_200_000 }],
  ["+PT15S", { days: 0, ms: 15_000 }],
  ["-PT0M", { days: 0, ms: 0 }],
])("reads the duration %s", (text, expected) => {
  expect(readDuration(text)).toEqual(expected);
});

it.each(["", "P", "PT", "P1H", "1H", "PT1D", "P99999999999D"])("refuses the duration %j", (text) => {
  expect(readDuration(text)).toBeUndefined();
});

it("reads offsets from UTC", () => {
  expect(["+0530", "-0330", "-004430", "+01:00", "0100"].map(readOffset)).toEqual([
    19_800_000,
    -12_600_000,
    -2_670_000,
    3_600_000,
    undefined,
  ]);
});

it("counts days over the end of February", () => {
  expect([addDays("2028-02-28", 1), addDays("2026-02-28", 1), addDays("2026-01-01", -1)]).toEqual([
    "2028-02-29",
    "2026-03-01",
    "2025-12-31",
  ]);
});
