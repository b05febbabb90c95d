import { CalendarTextError, readCalendar } from "#lib/ical/read-calendar.ts";
import { european } from "./zone-text.ts";

const read = (...lines: readonly string[]) =>
  readCalendar(["BEGIN:VCALENDAR", ...lines, "END:VCALENDAR"].join("\r\n"), { zone: "Europe/Berlin" });
const event = (...lines: readonly string[]) => ["BEGIN:VEVENT", ...lines, "END:VEVENT"];
const lunch = ["UID:lunch", "DTSTART;TZID=Europe/Berlin:20260302T120000", "DTEND;TZID=Europe/Berlin:20260302T130000"];

/** The one event of a calendar, or why it was skipped. */
const readOne = (...lines: readonly string[]) => {
  const { series, skipped } = read(...event("UID:1", ...lines));
  return series[0]?.main ?? series[0]?.overrides[0] ?? skipped[0]?.reason;
};

describe("a calendar", () => {
  it("has a name, a description and a zone", () => {
    expect(read("X-WR-CALNAME:Team\\, A", "X-WR-CALDESC:One\\nTwo", "X-WR-TIMEZONE:W. Europe Standard Time")).toEqual({
      name: "Team, A",
      description: "One\nTwo",
      zone: "Europe/Berlin",
      series: [],
      skipped: [],
    });
    expect(read("NAME:New", "DESCRIPTION:Way")).toMatchObject({ name: "New", description: "Way" });
  });

  it.each(["", "hello", "BEGIN:VCARD\nEND:VCARD", "<html>BEGIN: nothing</html>"])("is not %j", (text) => {
    expect(() => readCalendar(text, { zone: "UTC" })).toThrow(CalendarTextError);
  });

  it("may come with others in one stream, each with zones and floating times of its own", () => {
    const part = (zone: string, standard: string, summer: string, uid: string) => [
      ...["BEGIN:VCALENDAR", `X-WR-TIMEZONE:${zone}`, european("X", standard, summer)],
      ...event(`UID:${uid}`, "DTSTART;TZID=X:20260302T120000"),
      ...event(`UID:${uid} floating`, "DTSTART:20260302T120000"),
      "END:VCALENDAR",
    ];
    const text = [...part("Asia/Tokyo", "+0100", "+0200", "a"), ...part("Asia/Seoul", "+0200", "+0300", "b")].join("\n");
    expect(readCalendar(text, { zone: "UTC" }).series.map(({ main }) => main?.start)).toMatchObject([
      { zone: "Europe/Berlin" },
      { zone: "Asia/Tokyo" },
      { zone: "Europe/Helsinki" },
      { zone: "Asia/Seoul" },
    ]);
  });

  it("may define a zone after the event that uses it", () => {
    const { series } = read(...event("UID:1", "DTSTART;TZID=X:20260702T120000"), european("X", "+0200", "+0300"));
    expect(series[0]?.main?.start).toEqual({
      instant: Date.UTC(2026, 6, 2, 9),
      local: Date.UTC(2026, 6, 2, 12),
      zone: "Europe/Helsinki",
    });
  });
});

describe("the parts of a series", () => {
  const master = event(...lunch, "RRULE:FREQ=DAILY", "SEQUENCE:1");

  it("come together under their UID", () => {
    const moved = event("UID:lunch", "RECURRENCE-ID:20260303T110000Z", "DTSTART:20260303T130000Z");
    const { series } = read(...moved, ...master);
    expect(series).toHaveLength(1);
    expect(series[0]).toMatchObject({
      uid: "lunch",
      main: { recurrence: ["RRULE:FREQ=DAILY"] },
      overrides: [{ iCalUID: "lunch", originalStart: { instant: Date.UTC(2026, 2, 3, 11), zone: "UTC" } }],
    });
  });

  it("may be a changed instance alone", () => {
    const { series } = read(...event(...lunch, "RECURRENCE-ID;VALUE=DATE:20260302"));
    expect(series[0]).toEqual({
      uid: "lunch",
      overrides: [expect.objectContaining({ originalStart: { date: "2026-03-02" } })],
      notes: [],
    });
  });

  it("read the day of an instance as the time the series has then", () => {
    const { series } = read(...master, ...event("UID:lunch", "RECURRENCE-ID;VALUE=DATE:20260330", "DTSTART:20260330T130000Z"));
    expect(series[0]?.overrides[0]?.originalStart).toEqual({
      instant: Date.UTC(2026, 2, 30, 10),
      local: Date.UTC(2026, 2, 30, 12),
      zone: "Europe/Berlin",
    });
  });

  it("read the midnight of an instance as a day if the series has days", () => {
    const { series } = read(
      ...event("UID:1", "DTSTART;VALUE=DATE:20260302", "RRULE:FREQ=DAILY"),
      ...event("UID:1", "RECURRENCE-ID:20260303T000000", "DTSTART;VALUE=DATE:20260305"),
    );
    expect(series[0]?.overrides[0]?.originalStart).toEqual({ date: "2026-03-03" });
  });

  it.each([
    ["the higher SEQUENCE", ["SEQUENCE:2", "DTSTAMP:20260101T000000Z"], ["SEQUENCE:1", "DTSTAMP:20260201T000000Z"]],
    ["the later DTSTAMP", ["SEQUENCE:2", "DTSTAMP:20260201T000000Z"], ["SEQUENCE:2", "DTSTAMP:20260101T000000Z"]],
  ])("come in several versions, of which %s wins", (_, newer, older) => {
    for (const instance of [[], ["RECURRENCE-ID:20260302T110000Z"]]) {
      const versions = [
        event(...lunch, ...instance, ...newer, "SUMMARY:new"),
        event(...lunch, ...instance, ...older, "SUMMARY:old"),
      ];
      for (const order of [versions, versions.toReversed()]) {
        const { series } = read(...order.flat());
        expect([series[0]?.main, ...(series[0]?.overrides ?? [])].flatMap((draft) => draft?.details.summary ?? [])).toEqual([
          "new",
        ]);
        expect(series[0]?.notes).toEqual([expect.stringContaining("several versions")]);
      }
    }
  });

  it("are not read where they change all that follow", () => {
    const { series, skipped } = read(...master, ...event(...lunch, "RECURRENCE-ID;RANGE=THISANDFUTURE:20260303T110000Z"));
    expect(series[0]?.overrides).toEqual([]);
    expect(skipped).toEqual([{ uid: "lunch", component: "VEVENT", reason: expect.stringContaining("THISANDFUTURE") }]);
  });
});

describe("when an event is", () => {
  it.each([
    ["nothing: a day", ["DTSTART;VALUE=DATE:20260302"], "2026-03-02", "2026-03-03"],
    ["the same day twice: a day", ["DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260302"], "2026-03-02", "2026-03-03"],
    ["days", ["DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260305"], "2026-03-02", "2026-03-05"],
    ["a duration in days", ["DTSTART;VALUE=DATE:20260302", "DURATION:P1W"], "2026-03-02", "2026-03-09"],
    ["a duration in hours", ["DTSTART;VALUE=DATE:20260302", "DURATION:PT36H"], "2026-03-02", "2026-03-04"],
    ["a date without VALUE", ["DTSTART:20260302"], "2026-03-02", "2026-03-03"],
    ["a date with a time", ["DTSTART;VALUE=DATE:20260302T000000"], "2026-03-02", "2026-03-03"],
    [
      "midnights with Exchange's mark",
      ["DTSTART:20260302T000000", "DTEND:20260303T000000", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"],
      "2026-03-02",
      "2026-03-03",
    ],
    ["an end of the other kind: ignored", ["DTSTART;VALUE=DATE:20260302", "DTEND:20260303T000000"], "2026-03-02", "2026-03-03"],
  ])("whole days, with %s", (_, lines, start, end) => {
    expect(readOne(...lines)).toMatchObject({ start: { date: start }, end: { date: end } });
  });

  const berlin = "DTSTART;TZID=Europe/Berlin:";
  it.each([
    ["nothing: no length", [`${berlin}20260302T120000`], [2026, 2, 2, 11], [2026, 2, 2, 11]],
    [
      "an end elsewhere",
      [`${berlin}20260302T120000`, "DTEND;TZID=Asia/Tokyo:20260302T210000"],
      [2026, 2, 2, 11],
      [2026, 2, 2, 12],
    ],
    ["a day over the change: 23 hours", [`${berlin}20260328T120000`, "DURATION:P1D"], [2026, 2, 28, 11], [2026, 2, 29, 10]],
    ["24 hours over the change", [`${berlin}20260328T120000`, "DURATION:PT24H"], [2026, 2, 28, 11], [2026, 2, 29, 11]],
    ["a day and hours", [`${berlin}20260328T120000`, "DURATION:P1DT2H"], [2026, 2, 28, 11], [2026, 2, 29, 12]],
    ["a time in the gap", [`${berlin}20260329T023000`], [2026, 2, 29, 1, 30], [2026, 2, 29, 1, 30]],
    ["a time that comes twice", [`${berlin}20261025T023000`], [2026, 9, 25, 0, 30], [2026, 9, 25, 0, 30]],
    ["a Z that contradicts TZID", [`${berlin}20260302T120000Z`], [2026, 2, 2, 12], [2026, 2, 2, 12]],
    ["no zone", ["DTSTART:20260302T120000"], [2026, 2, 2, 11], [2026, 2, 2, 11]],
  ] as const)("a time, with %s", (_, lines, start, end) => {
    const utc = ([year, month, day, hour, minute]: readonly number[]) => Date.UTC(year ?? 0, month, day, hour, minute ?? 0);
    expect(readOne(...lines)).toMatchObject({ start: { instant: utc(start) }, end: { instant: utc(end) } });
  });

  it("keeps the wall clock as it was written, gap or not, and after a duration the one there is", () => {
    expect(readOne(`${berlin}20260329T023000`, "DURATION:PT1H")).toMatchObject({
      start: { local: Date.UTC(2026, 2, 29, 2, 30), zone: "Europe/Berlin" },
      end: { local: Date.UTC(2026, 2, 29, 4, 30), zone: "Europe/Berlin" },
    });
    expect(readOne(`${berlin}20260328T023000`, "DURATION:P1D")).toMatchObject({ end: { local: Date.UTC(2026, 2, 29, 2, 30) } });
  });

  it.each([
    ["no DTSTART", ["SUMMARY:x"], "no DTSTART"],
    ["a DTSTART that is none", ["DTSTART:tomorrow"], "not a date or time"],
    ["an end before the start", ["DTSTART:20260302T120000Z", "DTEND:20260302T110000Z"], "ends before"],
    ["an end day before the start", ["DTSTART:20260302", "DTEND:20260301"], "ends before"],
    ["a negative duration", ["DTSTART:20260302", "DURATION:-P1D"], "ends before"],
    ["a duration that is none", ["DTSTART:20260302", "DURATION:long"], "DURATION"],
    ["an end beyond all years", ["DTSTART:99990101T000000Z", "DURATION:P9999W"], "9999"],
  ])("is skipped with %s", (_, lines, reason) => {
    expect(readOne(...lines)).toContain(reason);
  });
});

describe("recurrence", () => {
  it.each([
    ["rules as they are", ["RRULE;X-A=1:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR "], ["RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR"]],
    [
      "dates with their zone under its IANA name",
      ["RRULE:FREQ=DAILY", "EXDATE;TZID=W. Europe Standard Time:20260303T120000,20260304T120000"],
      ["RRULE:FREQ=DAILY", "EXDATE;TZID=Europe/Berlin:20260303T120000,20260304T120000"],
    ],
    ["dates in UTC and floating", ["RDATE:20260303T120000Z,20260304T120000"], ["RDATE:20260303T120000Z,20260304T120000"]],
    [
      "a list that mixes days and times, apart",
      ["RRULE:FREQ=DAILY", "EXDATE;TZID=Europe/Berlin:20260303T120000,20260304"],
      ["RRULE:FREQ=DAILY", "EXDATE;TZID=Europe/Berlin:20260303T120000", "EXDATE;VALUE=DATE:20260304"],
    ],
    [
      "periods",
      ["RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260303T120000/PT2H"],
      ["RDATE;TZID=Europe/Berlin;VALUE=PERIOD:20260303T120000/PT2H"],
    ],
    [
      "a zone that is UTC",
      ["RDATE;TZID=Etc/UTC:20260303T120000", "RDATE;TZID=UTC:20260304T120000"],
      ["RDATE;TZID=Etc/UTC:20260303T120000", "RDATE:20260304T120000Z"],
    ],
    [
      "no empty values",
      ["RRULE:FREQ=DAILY", "EXDATE:,20260303T120000Z,", "EXDATE:"],
      ["RRULE:FREQ=DAILY", "EXDATE:20260303T120000Z"],
    ],
  ])("keeps %s", (_, lines, expected) => {
    expect(readOne("DTSTART;TZID=Europe/Berlin:20260302T120000", ...lines)).toMatchObject({ recurrence: expected });
  });

  it("of whole days excludes days, even where midnights are written", () => {
    expect(readOne("DTSTART;VALUE=DATE:20260302", "RRULE:FREQ=DAILY", "EXDATE;TZID=X:20260303T000000")).toMatchObject({
      recurrence: ["RRULE:FREQ=DAILY", "EXDATE;VALUE=DATE:20260303"],
    });
  });

  it("is nothing without a rule or dates, and nothing on an instance", () => {
    expect(readOne("DTSTART:20260302T120000", "EXDATE:20260303T120000Z")).not.toHaveProperty("recurrence");
    expect(readOne("DTSTART:20260302T120000", "RRULE:FREQ=DAILY", "RECURRENCE-ID:20260302T120000")).not.toHaveProperty(
      "recurrence",
    );
  });
});

describe("one bad part", () => {
  it("costs no other", () => {
    const { series, skipped } = read(
      ...event("UID:1", "DTSTART:20260302", "and a line that lost its fold", "SUMMARY;BROKEN=", "SUMMARY:good"),
      ...event("UID:2", "DTSTART:no"),
      ...["BEGIN:VTODO", "UID:3", "END:VTODO", "BEGIN:VJOURNAL", "END:VJOURNAL", "BEGIN:VFREEBUSY", "END:VFREEBUSY"],
      ...event("UID:4", "DTSTART:20260302"),
    );
    expect(series.map(({ uid, main }) => [uid, main?.details.summary])).toEqual([
      ["1", "good"],
      ["4", undefined],
    ]);
    expect(skipped.map(({ uid, component }) => [uid, component])).toEqual([
      ["2", "VEVENT"],
      ["3", "VTODO"],
      [undefined, "VJOURNAL"],
      [undefined, "VFREEBUSY"],
    ]);
  });

  it.each([
    ["DTSTART;VALUE=DATE:99991231"],
    ["DTSTART;TZID=America/New_York:99991231T235959"],
    ["DTSTART;TZID=Asia/Kolkata:00010101T000000"],
    ["DTSTART:20260302T120000Z", "DTEND;TZID=America/New_York:99991231T235959"],
    ["DTSTART;TZID=America/New_York:20260302T120000", "RECURRENCE-ID;TZID=Asia/Kolkata:00010101T000000"],
    ["DTSTART:99991231T000000", "DTEND:99991231T000000", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"],
  ])("is a time that its zone, or a day more, leads out of the years there are: %s", (...lines) => {
    expect(readOne(...lines)).toBe("It lies outside of the years 1 to 9999.");
  });

  it("is the last event of a text that was cut short", () => {
    const text = ["BEGIN:VCALENDAR", ...event("UID:1", "DTSTART:20260302"), "BEGIN:VEVENT", "UID:2", "DTSTART:20260302"].join(
      "\n",
    );
    const { series, skipped } = readCalendar(text, { zone: "UTC" });
    expect(series.map(({ uid }) => uid)).toEqual(["1"]);
    expect(skipped).toEqual([{ uid: "2", component: "VEVENT", reason: expect.stringContaining("ends in the middle") }]);
  });

  it("may be a line of megabytes", () => {
    const { series } = read(
      ...event("UID:1", "DTSTART:20260302", `DESCRIPTION:${"x,\\n;".repeat(1_000_000)}`, `ATTACH:${"A".repeat(5_000_000)}`),
    );
    expect(series[0]?.main?.details.description).toHaveLength(4_000_000);
  });
});

it("reads no more events and lists no more skipped than asked", () => {
  const text = Array.from({ length: 9 }, (_, i) => event(`UID:${i}`, "DTSTART:20260302").join("\n")).join("\n");
  const { series, skipped } = readCalendar(text, { zone: "UTC", limits: { events: 4, skipped: 2 } });
  expect(series).toHaveLength(4);
  expect(skipped).toEqual([
    { uid: "4", component: "VEVENT", reason: "Only the first 4 events are read." },
    { uid: "5", component: "VEVENT", reason: "Only the first 4 events are read." },
    { component: "*", reason: "3 more are skipped." },
  ]);
});

it("makes an event without UID one that the next import finds again", () => {
  const uid = (...lines: readonly string[]) => read(...event(...lines)).series[0]?.uid;
  const first = uid("DTSTART:20260302", "SUMMARY:a", "DTSTAMP:20260101T000000Z");
  expect(first).toMatch(/^[0-9a-f]{32}@uid-from-content$/);
  expect(uid("DTSTART:20260302", "SUMMARY:a", "DTSTAMP:20260909T000000Z", "UID: ")).toBe(first);
  expect(uid("DTSTART:20260302", "SUMMARY:b", "DTSTAMP:20260101T000000Z")).not.toBe(first);
});

it("notes a zone that it does not know, once", () => {
  const { series } = read(...event("UID:1", "DTSTART;TZID=Nowhere:20260302T120000", "DTEND;TZID=Nowhere:20260302T130000"));
  expect(series[0]?.main?.start).toMatchObject({ zone: "Europe/Berlin" });
  expect(series[0]?.notes).toEqual(['The time zone "Nowhere" is not defined; its times are read in Europe/Berlin.']);
});

it("reads 50 000 events in a few seconds", () => {
  const lines = [
    "DTSTART;TZID=Europe/Berlin:20260302T120000",
    "DURATION:PT1H",
    "SUMMARY:x",
    "RRULE:FREQ=WEEKLY",
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    "TRIGGER:-PT5M",
    "END:VALARM",
  ];
  const text = Array.from({ length: 50_000 }, (_, i) => event(`UID:${i}`, ...lines).join("\r\n")).join("\r\n");
  const started = performance.now();
  expect(readCalendar(text, { zone: "UTC" }).series).toHaveLength(50_000);
  expect(performance.now() - started).toBeLessThan(15_000);
});
