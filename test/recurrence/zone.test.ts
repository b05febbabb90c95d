import { findZone, type Zone } from "#lib/model/zone.ts";

const zoneOf = (name: string): Zone => {
  const zone = findZone(name);
  if (!zone) throw new Error(`no zone ${name}`);
  return zone;
};

const at = (text: string): number => Date.parse(text);
const wall = (text: string): number => Date.parse(`${text}Z`);
const iso = (time: number): string => new Date(time).toISOString().replace(".000", "");
const offset = (text: string): number => {
  const [hours = 0, minutes = 0, seconds = 0] = text.slice(1).split(":").map(Number);
  return (text.startsWith("-") ? -1 : 1) * (hours * 3_600 + minutes * 60 + seconds) * 1_000;
};

/** Written from the time zone database's own compiled files, not from Intl; `to` is exclusive. */
const table: readonly { zone: string; from: number; to: number; changes: readonly (readonly [string, string])[] }[] = [
  {
    zone: "America/New_York",
    from: 2026,
    to: 2027,
    changes: [
      ["2026-03-08T07:00:00Z", "-04:00"],
      ["2026-11-01T06:00:00Z", "-05:00"],
    ],
  },
  {
    zone: "Europe/London",
    from: 2026,
    to: 2027,
    changes: [
      ["2026-03-29T01:00:00Z", "+01:00"],
      ["2026-10-25T01:00:00Z", "+00:00"],
    ],
  },
  {
    zone: "Europe/Dublin",
    from: 2026,
    to: 2027,
    changes: [
      ["2026-03-29T01:00:00Z", "+01:00"],
      ["2026-10-25T01:00:00Z", "+00:00"],
    ],
  },
  {
    zone: "Australia/Lord_Howe",
    from: 2026,
    to: 2027,
    changes: [
      ["2026-04-04T15:00:00Z", "+10:30"],
      ["2026-10-03T15:30:00Z", "+11:00"],
    ],
  },
  {
    zone: "Pacific/Apia",
    from: 2011,
    to: 2013,
    changes: [
      ["2011-04-02T14:00:00Z", "-11:00"],
      ["2011-09-24T14:00:00Z", "-10:00"],
      ["2011-12-30T10:00:00Z", "+14:00"],
      ["2012-03-31T14:00:00Z", "+13:00"],
      ["2012-09-29T14:00:00Z", "+14:00"],
    ],
  },
  { zone: "Pacific/Kwajalein", from: 1993, to: 1994, changes: [["1993-08-21T12:00:00Z", "+12:00"]] },
  {
    zone: "Africa/Casablanca",
    from: 2024,
    to: 2026,
    changes: [
      ["2024-03-10T02:00:00Z", "+00:00"],
      ["2024-04-14T02:00:00Z", "+01:00"],
      ["2025-02-23T02:00:00Z", "+00:00"],
      ["2025-04-06T02:00:00Z", "+01:00"],
    ],
  },
  {
    zone: "America/Sao_Paulo",
    from: 2017,
    to: 2020,
    changes: [
      ["2017-02-19T02:00:00Z", "-03:00"],
      ["2017-10-15T03:00:00Z", "-02:00"],
      ["2018-02-18T02:00:00Z", "-03:00"],
      ["2018-11-04T03:00:00Z", "-02:00"],
      ["2019-02-17T02:00:00Z", "-03:00"],
    ],
  },
  { zone: "Asia/Kathmandu", from: 1985, to: 1987, changes: [["1985-12-31T18:30:00Z", "+05:45"]] },
  {
    zone: "Asia/Tehran",
    from: 2021,
    to: 2023,
    changes: [
      ["2021-03-21T20:30:00Z", "+04:30"],
      ["2021-09-21T19:30:00Z", "+03:30"],
      ["2022-03-21T20:30:00Z", "+04:30"],
      ["2022-09-21T19:30:00Z", "+03:30"],
    ],
  },
  {
    zone: "Antarctica/Troll",
    from: 2026,
    to: 2027,
    changes: [
      ["2026-03-29T01:00:00Z", "+02:00"],
      ["2026-10-25T01:00:00Z", "+00:00"],
    ],
  },
  {
    zone: "Pacific/Chatham",
    from: 2026,
    to: 2027,
    changes: [
      ["2026-04-04T14:00:00Z", "+12:45"],
      ["2026-09-26T14:00:00Z", "+13:45"],
    ],
  },
  {
    zone: "America/Caracas",
    from: 2007,
    to: 2017,
    changes: [
      ["2007-12-09T07:00:00Z", "-04:30"],
      ["2016-05-01T07:00:00Z", "-04:00"],
    ],
  },
];

describe("a zone's table", () => {
  it.each(table)("has the changes of $zone from $from to $to", ({ zone, from, to, changes }) => {
    const found = zoneOf(zone).transitions(Date.UTC(from, 0, 1), Date.UTC(to, 0, 1));

    expect(found.map((change) => [iso(change.at), change.offset])).toEqual(changes.map(([text, to]) => [text, offset(to)]));
  });

  it.each(table)("changes the offset of $zone exactly then", ({ zone, changes }) => {
    for (const [text, to] of changes) {
      expect(zoneOf(zone).offsetAt(at(text))).toBe(offset(to));
      expect(zoneOf(zone).offsetAt(at(text) - 1)).not.toBe(offset(to));
    }
  });

  it("keeps local mean time with its seconds before standard time", () => {
    expect(zoneOf("America/New_York").offsetAt(at("1850-01-01T00:00:00Z"))).toBe(offset("-04:56:02"));
    expect(zoneOf("Asia/Kathmandu").offsetAt(at("1900-01-01T00:00:00Z"))).toBe(offset("+05:41:16"));
    expect(zoneOf("America/New_York").offsetAt(at("0001-01-01T00:00:00Z"))).toBe(offset("-04:56:02"));
  });

  it("goes on with today's rules in the far future", () => {
    const zone = zoneOf("America/New_York");
    expect(zone.transitions(Date.UTC(2750, 0, 1), Date.UTC(2751, 0, 1)).map((change) => iso(change.at))).toEqual([
      "2750-03-12T07:00:00Z",
      "2750-11-05T06:00:00Z",
    ]);
    expect(iso(zone.toInstant(wall("9999-07-01T09:00:00")))).toBe("9999-07-01T13:00:00Z");
    expect(iso(zone.toInstant(wall("9999-12-31T23:59:59")))).toBe("+010000-01-01T04:59:59Z");
    expect(zoneOf("Africa/Casablanca").transitions(Date.UTC(2500, 0, 1), Date.UTC(2510, 0, 1))).toEqual([]);
  });

  it("answers for every number, infinite ones included", () => {
    expect(zoneOf("Europe/Paris").offsetAt(Number.NEGATIVE_INFINITY)).toBe(offset("+00:09:21"));
    expect(zoneOf("Europe/Paris").toInstant(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(zoneOf("Europe/Paris").offsetAt(Number.POSITIVE_INFINITY)).toEqual(expect.any(Number));
  });
});

describe("a wall clock that a gap leaves out", () => {
  it.each([
    ["America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00Z", "2026-03-08T03:30:00"],
    ["America/New_York", "2026-03-08T02:00:00", "2026-03-08T07:00:00Z", "2026-03-08T03:00:00"],
    ["Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:45:00Z", "2026-10-04T02:45:00"],
    ["Pacific/Apia", "2011-12-30T10:00:00", "2011-12-30T20:00:00Z", "2011-12-31T10:00:00"],
    ["Antarctica/Troll", "2026-03-29T01:30:00", "2026-03-29T01:30:00Z", "2026-03-29T03:30:00"],
    ["Europe/Dublin", "2026-03-29T01:30:00", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00"],
    ["America/Sao_Paulo", "2018-11-04T00:30:00", "2018-11-04T03:30:00Z", "2018-11-04T01:30:00"],
  ])("moves forward by the gap: %s %s", (zone, local, instant, shown) => {
    expect(iso(zoneOf(zone).toInstant(wall(local)))).toBe(instant);
    expect(iso(zoneOf(zone).toLocal(at(instant)))).toBe(`${shown}Z`);
  });
});

describe("a wall clock that comes twice", () => {
  it.each([
    ["America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"],
    ["Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z"],
    ["Europe/Dublin", "2026-10-25T01:30:00", "2026-10-25T00:30:00Z"],
    ["Africa/Casablanca", "2025-02-23T02:30:00", "2025-02-23T01:30:00Z"],
  ])("means the first: %s %s", (zone, local, instant) => {
    expect(iso(zoneOf(zone).toInstant(wall(local)))).toBe(instant);
  });

  it("is over at the end of the second", () => {
    expect(iso(zoneOf("America/New_York").toInstant(wall("2026-11-01T01:59:59")))).toBe("2026-11-01T05:59:59Z");
    expect(iso(zoneOf("America/New_York").toInstant(wall("2026-11-01T02:00:00")))).toBe("2026-11-01T07:00:00Z");
  });
});

describe("the name of a zone", () => {
  it.each([
    ["America/New_York", "America/New_York"],
    ["america/new_york", "America/New_York"],
    ["asia/kolkata", "Asia/Kolkata"],
    ["Asia/Calcutta", "Asia/Calcutta"],
    ["EUROPE/KYIV", "Europe/Kyiv"],
    ["utc", "UTC"],
    ["etc/gmt+5", "Etc/GMT+5"],
    ["africa/dar_es_salaam", "Africa/Dar_es_Salaam"],
    ["america/port-au-prince", "America/Port-au-Prince"],
    ["us/pacific", "US/Pacific"],
    ["nz-chat", "NZ-CHAT"],
    ["est5edt", "EST5EDT"],
  ])("%s is %s", (asked, name) => {
    expect(findZone(asked)?.name).toBe(name);
    expect(findZone(asked)).toBe(findZone(name));
  });

  it.each([
    "",
    "+05:00",
    "-0800",
    "Z",
    "GMT+5",
    "BST",
    "PST",
    "Nowhere/City",
    "Eastern Standard Time",
    "America/New_York ",
    "__proto__",
    "A".repeat(500),
  ])("refuses %j", (name) => {
    expect(findZone(name)).toBeUndefined();
  });
});

describe("against Intl", () => {
  it("agrees on thousands of instants of all zones, in any order", () => {
    let state = 7;
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const [least, most] = [Date.UTC(1870, 0, 1), Date.UTC(2120, 0, 1)];
    for (const name of Intl.supportedValuesOf("timeZone")) {
      const fields = new Intl.DateTimeFormat("en-US", {
        timeZone: name,
        hourCycle: "h23",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
      });
      for (let sample = 0; sample < 6; sample += 1) {
        const instant = Math.floor((least + random() * (most - least)) / 1_000) * 1_000;
        const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = fields.format(instant).split(/\D+/).map(Number);
        const shown = Date.UTC(year, month - 1, day, hour, minute, second);
        expect([name, iso(instant), iso(zoneOf(name).toLocal(instant))]).toEqual([name, iso(instant), iso(shown)]);
      }
    }
  });

  it("brings every wall clock that it shows back to an instant that shows it", () => {
    for (const { zone: name, changes } of table) {
      const zone = zoneOf(name);
      for (const [text] of changes) {
        for (let instant = at(text) - 90_000_000; instant < at(text) + 90_000_000; instant += 900_000) {
          expect(zone.toLocal(zone.toInstant(zone.toLocal(instant)))).toBe(zone.toLocal(instant));
          expect(zone.toInstant(zone.toLocal(instant))).toBeLessThanOrEqual(instant);
        }
      }
    }
  });
});
