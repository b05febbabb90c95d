import { readFileSync } from "node:fs";
import ICAL from "ical.js";
import { findZone } from "#lib/model/zone.ts";
import { type Answer, type Api, type Person, startApi } from "#test/support/api.ts";
import { type Item, newCalendar, startsOf, type TestCalendar } from "#test/support/events.ts";
import { aclPath } from "#test/support/sharing.ts";

let api: Api;
let owner: Person;
beforeAll(async () => {
  api = await startApi();
  owner = await api.person();
});
afterAll(() => api.stop());

const fixture = (file: string) => readFileSync(new URL(`../ical/fixtures/${file}`, import.meta.url), "utf8");
const asCalendar = { "Content-Type": "text/calendar" };
const below = (id: string, rest: string) => `/v1/calendars/${encodeURIComponent(id)}/${rest}`;
const send = (calendar: Pick<TestCalendar, "id">, text: string): Promise<Answer> =>
  owner.post(below(calendar.id, "import"), text, asCalendar);
const fetchText = async (calendar: Pick<TestCalendar, "id">): Promise<string> =>
  (await owner.get(below(calendar.id, "export.ics"))).body;

/** Imports and returns the counts, with the reasons of what was skipped or noted. */
const put = async (calendar: TestCalendar, ...events: readonly (readonly string[])[]) => {
  const lines = events.flatMap((event) => ["BEGIN:VEVENT", ...event, "END:VEVENT"]);
  const answer = await send(calendar, ["BEGIN:VCALENDAR", "VERSION:2.0", ...lines, "END:VCALENDAR", ""].join("\r\n"));
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  const { created, updated, unchanged, skipped, notes } = answer.body;
  const reasons = [...skipped, ...notes].map(({ reason }: { reason: string }) => reason);
  return { counts: [created, updated, unchanged], reasons };
};

/** The instances of a month as people see them. */
const month = async (calendar: TestCalendar, from = "2026-03-01T00:00:00Z", to = "2026-04-01T00:00:00Z", timeZone = "UTC") =>
  (await calendar.list({ singleEvents: true, orderBy: "startTime", timeMin: from, timeMax: to, timeZone })).items;

const shown = (items: readonly Item[]) =>
  items.map(({ summary = "", start, end }) => ({
    summary,
    start: start.date ?? start.dateTime,
    end: end.date ?? end.dateTime,
  }));

const byStart = (a: Item, b: Item) => `${a.start} ${a.summary}`.localeCompare(`${b.start} ${b.summary}`);

/** A time with an offset as the clocks of a zone show it; a date stays. */
const inZone = (time: string, name: string): string => {
  const zone = findZone(name);
  if (!zone || time.length === 10) return time;
  const offset = zone.offsetAt(Date.parse(time));
  const minutes = new Date(Math.abs(offset)).toISOString().slice(11, 16);
  return `${new Date(Date.parse(time) + offset).toISOString().slice(0, 19)}${offset < 0 ? "-" : "+"}${minutes}`;
};

const said = (items: readonly Item[]) =>
  items.map(
    ({ iCalUID, status, summary, description, location, start, end, recurrence, originalStartTime, attendees, sequence }) =>
      JSON.parse(
        JSON.stringify({
          ...{ iCalUID, status, summary, description, location, start, end, recurrence, originalStartTime, attendees, sequence },
        }),
      ),
  );

const changes = async (calendar: TestCalendar, syncToken: string | undefined) => {
  const { items, nextSyncToken } = await calendar.list({ syncToken: syncToken ?? "" });
  return { items, nextSyncToken };
};

describe.each(["google-team", "apple-holidays", "outlook-export"])("%s", (name) => {
  const text = fixture(`${name}.ics`);
  const expected = JSON.parse(fixture(`${name}.expected.json`));
  const list = (calendar: TestCalendar) => month(calendar, expected.from, expected.to, expected.zone);

  it("shows its month at the right local times", async () => {
    const calendar = await newCalendar(owner, "Europe/Berlin");

    const { body } = await send(calendar, text);

    expect(body).toMatchObject({ kind: "calendar#import", created: expected.uids + expected.overrides, updated: 0, notes: [] });
    expect(body.skipped.map(({ uid }: { uid: string }) => uid)).toEqual(expected.skipped ?? []);
    const wanted = expected.events.map((event: Item) => ({
      ...event,
      start: inZone(event.start, expected.zone),
      end: inZone(event.end, expected.zone),
    }));
    expect(shown(await list(calendar)).toSorted(byStart)).toEqual(wanted.toSorted(byStart));
  });

  it("changes nothing when it is imported again", async () => {
    const calendar = await newCalendar(owner, "Europe/Berlin");
    await send(calendar, text);
    const { nextSyncToken } = await calendar.list();

    const { body } = await send(calendar, text);

    expect(body).toMatchObject({ created: 0, updated: 0, unchanged: expected.uids + expected.overrides });
    expect((await changes(calendar, nextSyncToken)).items).toEqual([]);
  });

  it("comes out again as it went in", async () => {
    const [first, second] = [await newCalendar(owner, "Europe/Berlin"), await newCalendar(owner, "Europe/Berlin")];
    await send(first, text);

    const exported = await fetchText(first);
    const { body } = await send(second, exported);

    expect(body).toMatchObject({ skipped: [], notes: [] });
    const byId = (a: { iCalUID: string; start: { dateTime?: string } }, b: typeof a) =>
      `${a.iCalUID} ${a.start.dateTime}`.localeCompare(`${b.iCalUID} ${b.start.dateTime}`);
    expect(said((await second.list()).items).sort(byId)).toEqual(said((await first.list()).items).sort(byId));
    expect(shown(await list(second))).toEqual(shown(await list(first)));
    const component = new ICAL.Component(ICAL.parse(exported));
    expect(component.getAllSubcomponents("vevent")).toHaveLength(expected.uids + expected.overrides);
    for (const event of component.getAllSubcomponents("vevent")) expect(new ICAL.Event(event).uid).toBeTruthy();
  });
});

describe("what a new version of a file says", () => {
  const weekly = ["UID:w", "DTSTART:20260302T090000Z", "DTEND:20260302T100000Z", "RRULE:FREQ=WEEKLY;COUNT=4", "SUMMARY:Weekly"];
  const moved = [
    "UID:w",
    "RECURRENCE-ID:20260309T090000Z",
    "DTSTART:20260310T150000Z",
    "DTEND:20260310T160000Z",
    "SUMMARY:Moved",
  ];
  const usual = ["2026-03-02T09:00:00Z", "2026-03-09T09:00:00Z", "2026-03-16T09:00:00Z", "2026-03-23T09:00:00Z"];

  it("takes the place of what is here unless its SEQUENCE is lower, and only what differs is news", async () => {
    const calendar = await newCalendar(owner);
    const one = (uid: string, sequence: number, hour: string) => [
      `UID:${uid}`,
      `SEQUENCE:${sequence}`,
      `DTSTART:20260302T${hour}0000Z`,
      `SUMMARY:${uid}`,
    ];
    await put(calendar, one("a", 1, "09"), one("b", 1, "09"), one("c", 5, "09"), one("d", 1, "09"));
    const { nextSyncToken } = await calendar.list();

    const { counts, reasons } = await put(calendar, one("a", 1, "09"), one("b", 2, "11"), one("c", 4, "12"), one("d", 1, "13"));

    expect(counts).toEqual([0, 2, 1]);
    expect(reasons).toEqual(["The calendar has a newer version of it: its SEQUENCE is 5, the file's 4."]);
    const { items } = await changes(calendar, nextSyncToken);
    expect(items.map(({ summary, sequence }) => [summary, sequence]).sort()).toEqual([
      ["b", 2],
      ["d", 1],
    ]);
    expect((await put(calendar, one("d", 1, "13"))).counts).toEqual([0, 0, 1]);
  });

  it("puts an instance in its place, and back when the file has it no more", async () => {
    const calendar = await newCalendar(owner);
    expect((await put(calendar, weekly)).counts).toEqual([1, 0, 0]);
    expect(startsOf(await month(calendar))).toEqual(usual);
    let { nextSyncToken } = await calendar.list();

    expect((await put(calendar, weekly, moved)).counts).toEqual([1, 0, 1]);
    expect(startsOf(await month(calendar))).toEqual(["2026-03-02T09:00:00Z", "2026-03-10T15:00:00Z", ...usual.slice(2)]);
    const news = await changes(calendar, nextSyncToken);
    expect(news.items.map(({ summary, originalStartTime }) => [summary, originalStartTime.dateTime])).toEqual([
      ["Moved", usual[1]],
    ]);
    nextSyncToken = news.nextSyncToken;

    expect((await put(calendar, weekly)).counts).toEqual([0, 1, 1]);
    const items = await month(calendar);
    expect(startsOf(items)).toEqual(usual);
    expect(items.map(({ summary }) => summary)).toEqual(["Weekly", "Weekly", "Weekly", "Weekly"]);
    expect(startsOf((await changes(calendar, nextSyncToken)).items)).toEqual([usual[1]]);
    expect((await put(calendar, weekly)).counts).toEqual([0, 0, 1]);

    // What runs as its series does goes with it.
    const later = weekly.map((line) => line.replace("T090000Z", "T093000Z").replace("SUMMARY:Weekly", "SUMMARY:Half"));
    await put(calendar, later);
    expect(startsOf(await month(calendar))).toEqual(usual.map((start) => start.replace("09:00", "09:30")));
  });

  it("cancels instances by STATUS and by EXDATE", async () => {
    const calendar = await newCalendar(owner);
    await put(calendar, weekly, moved);

    const gone = ["UID:w", "RECURRENCE-ID:20260309T090000Z", "DTSTART:20260309T090000Z", "STATUS:CANCELLED"];
    expect((await put(calendar, weekly, gone)).counts).toEqual([0, 1, 1]);
    expect(startsOf(await month(calendar))).toEqual(usual.toSpliced(1, 1));
    expect((await put(calendar, weekly, gone)).counts).toEqual([0, 0, 2]);

    expect((await put(calendar, [...weekly, "EXDATE:20260309T090000Z,20260316T090000Z"])).counts).toEqual([0, 1, 0]);
    expect(startsOf(await month(calendar))).toEqual(usual.toSpliced(1, 2));
  });

  it("keeps a changed instance that its series has no place for, and shows it when there is one", async () => {
    const calendar = await newCalendar(owner);
    const excluded = [...weekly, "EXDATE:20260309T090000Z"];
    const sentence = "Its changed instance 20260309T090000Z is kept but not shown: the series has none then.";

    expect(await put(calendar, excluded, moved)).toEqual({ counts: [2, 0, 0], reasons: [sentence] });
    expect(startsOf(await month(calendar))).toEqual(usual.toSpliced(1, 1));
    const { nextSyncToken } = await calendar.list();
    expect(await put(calendar, excluded, moved)).toEqual({ counts: [0, 0, 2], reasons: [sentence] });
    expect((await changes(calendar, nextSyncToken)).items).toEqual([]);

    expect(await put(calendar, weekly, moved)).toEqual({ counts: [0, 1, 1], reasons: [] });
    expect(startsOf(await month(calendar))).toEqual(["2026-03-02T09:00:00Z", "2026-03-10T15:00:00Z", ...usual.slice(2)]);
  });

  it("cancels a series and brings it back, for those who keep instances too", async () => {
    const calendar = await newCalendar(owner);
    await put(calendar, weekly, moved);
    const list = { singleEvents: true };
    const { nextSyncToken } = await calendar.list(list);

    expect((await put(calendar, [...weekly, "STATUS:CANCELLED"])).counts).toEqual([0, 2, 0]);
    const news = await calendar.list({ ...list, syncToken: nextSyncToken ?? "" });
    expect(news.items.map(({ status }) => status)).toEqual(["cancelled", "cancelled", "cancelled", "cancelled"]);
    expect(await month(calendar)).toEqual([]);
    expect((await put(calendar, [...weekly, "STATUS:CANCELLED"])).counts).toEqual([0, 0, 1]);

    expect((await put(calendar, weekly, moved)).counts[0]).toBe(0);
    const back = await calendar.list({ ...list, syncToken: news.nextSyncToken ?? "" });
    expect(startsOf(back.items).sort()).toEqual(startsOf(await month(calendar)).sort());
    expect(startsOf(back.items)).toHaveLength(4);
  });

  it("leaves alone what iCalendar does not say, and what was cancelled before it came", async () => {
    const calendar = await newCalendar(owner);
    const [first, second] = [
      ["UID:1", "DTSTART;VALUE=DATE:20260302", "SUMMARY:One"],
      ["UID:2", "DTSTART:20260302", "STATUS:CANCELLED"],
    ];
    expect((await put(calendar, first, second)).reasons).toEqual(["It is cancelled, and the calendar does not have it."]);
    const [event] = await month(calendar);
    await calendar.patch(event.id, {
      colorId: "7",
      reminders: { useDefault: false, overrides: [{ method: "popup", minutes: 5 }] },
    });

    expect((await put(calendar, first)).counts).toEqual([0, 0, 1]);
    expect((await put(calendar, first.with(2, "SUMMARY:Two"))).counts).toEqual([0, 1, 0]);
    expect((await month(calendar))[0]).toMatchObject({
      id: event.id,
      summary: "Two",
      colorId: "7",
      reminders: { useDefault: false },
    });
  });

  it("has back what was deleted here", async () => {
    const calendar = await newCalendar(owner);
    await put(calendar, weekly);
    await calendar.delete((await calendar.list()).items[0].id);

    expect((await put(calendar, weekly)).counts).toEqual([0, 1, 0]);
    expect(startsOf(await month(calendar))).toEqual(usual);
  });

  it("may be an invitation to single instances, which join their series when it comes", async () => {
    const calendar = await newCalendar(owner);
    const other = moved.map((line) => line.replace("20260309", "20260316").replaceAll("20260310", "20260317"));
    expect((await put(calendar, moved, other)).counts).toEqual([2, 0, 0]);
    expect((await put(calendar, moved, other)).counts).toEqual([0, 0, 2]);
    expect(startsOf(await month(calendar))).toEqual(["2026-03-10T15:00:00Z", "2026-03-17T15:00:00Z"]);
    expect(await fetchText(calendar)).toMatch(/RECURRENCE-ID:20260309T090000Z/);

    await put(calendar, weekly, moved, other);
    expect(startsOf(await month(calendar))).toEqual([usual[0], "2026-03-10T15:00:00Z", "2026-03-17T15:00:00Z", usual[3]]);
    const again = moved.with(4, "SUMMARY:Moved again");
    expect((await put(calendar, again)).counts).toEqual([0, 1, 0]);
    expect((await month(calendar))[1]).toMatchObject({ summary: "Moved again" });
  });
});

/** A file with three UIDs that is different each time: rules, exceptions, and changed, moved and cancelled instances. */
const randomFile = (random: () => number) => {
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const hour = (of: number) => String(of).padStart(2, "0");
  return ["a", "b", "c"].flatMap((uid) => {
    const at = pick(9, 9, 9, 10);
    const start = (day: number) => `202603${hour(day)}T${hour(at)}0000`;
    const zone = pick("", "", ";TZID=Europe/Berlin");
    const time = (name: string, day: number) => `${name}${zone}:${start(day)}${zone ? "" : "Z"}`;
    const rule = pick("RRULE:FREQ=DAILY;COUNT=6", "RRULE:FREQ=DAILY;COUNT=6", "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=4", "");
    const exceptions = [3, 4, 5, 6, 7].filter(() => random() < 0.15).map((day) => time("EXDATE", day));
    const status = pick("CONFIRMED", "CONFIRMED", "CONFIRMED", "TENTATIVE", "CANCELLED");
    const main = [
      `UID:${uid}`,
      time("DTSTART", 2),
      `SUMMARY:${pick("x", "y")}`,
      `STATUS:${status}`,
      ...(rule ? [rule, ...exceptions] : []),
    ];
    const overrides = [2, 3, 4, 5, 6, 7]
      .filter(() => random() < 0.25)
      .map((day) => [
        ...[
          `UID:${uid}`,
          time("RECURRENCE-ID", day),
          `DTSTART:202603${hour(day)}T${pick(12, 18)}0000Z`,
          `SUMMARY:${pick("o", "p")}`,
        ],
        `STATUS:${pick("CONFIRMED", "CONFIRMED", "CANCELLED")}`,
      ]);
    return [main, ...(rule ? overrides : [])];
  });
};

it.each([1, 2, 3, 4])(
  "leaves, from whatever was there, what the last file says, and tells all of it to those who sync (%i)",
  async (seed) => {
    let state = seed;
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    const calendar = await newCalendar(owner);
    const lists = [{ singleEvents: true }, { singleEvents: false }];
    const held = await Promise.all(
      lists.map(async (query) => ({ query, token: (await calendar.list(query)).nextSyncToken, items: new Map<string, Item>() })),
    );
    for (let round = 0; round < 8; round += 1) {
      const file = randomFile(random);
      await put(calendar, ...file);
      const fresh = await newCalendar(owner);
      await put(fresh, ...file);

      const seen = async (one: TestCalendar) =>
        (await month(one))
          .map(({ iCalUID, status, summary, start, end, originalStartTime }) =>
            JSON.stringify([start, end, iCalUID, status, summary, originalStartTime]),
          )
          .sort();
      expect(await seen(calendar)).toEqual(await seen(fresh));
      for (const client of held) {
        const news = await calendar.list({ ...client.query, syncToken: client.token ?? "" });
        client.token = news.nextSyncToken;
        for (const item of news.items) {
          if (item.status === "cancelled") client.items.delete(item.id);
          else client.items.set(item.id, item);
        }
        const now = (await calendar.list(client.query)).items.filter(({ status }) => status !== "cancelled");
        const byId = (a: Item, b: Item) => (a.id < b.id ? -1 : 1);
        expect([...client.items.values()].sort(byId)).toEqual(now.sort(byId));
      }
      const { nextSyncToken } = await calendar.list();
      expect((await put(calendar, ...file)).counts.slice(0, 2)).toEqual([0, 0]);
      expect((await changes(calendar, nextSyncToken)).items).toEqual([]);
    }
  },
);

describe("a file that is not as it should be", () => {
  it("loses a bad event, not the others, and says why", async () => {
    const calendar = await newCalendar(owner);
    const { counts, reasons } = await put(
      calendar,
      ["UID:good", "DTSTART:20260302T090000Z"],
      ["UID:no start", "SUMMARY:Never"],
      ["UID:no such day", "DTSTART:20260230T090000Z"],
      ["UID:backwards", "DTSTART:20260302T090000Z", "DTEND:20260302T080000Z"],
      ["UID:empty", "DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;COUNT=1", "EXDATE:20260302T090000Z"],
      ["UID:also good", "DTSTART:20260303T090000Z"],
    );

    expect(counts).toEqual([2, 0, 0]);
    expect(reasons).toEqual([
      "It has no DTSTART.",
      'DTSTART is not a date or time: "20260230T090000Z".',
      "It ends before it starts.",
      "Its exceptions leave no instance.",
    ]);
    expect(startsOf(await month(calendar))).toEqual(["2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z"]);
  });

  it("keeps a rule that nobody can work out as text, and its event alone", async () => {
    const calendar = await newCalendar(owner);
    const odd = ["UID:odd", "DTSTART:20260302T090000Z", "DTEND:20260302T093000Z", "RRULE:FREQ=MONTHLY;BYWEEKNO=9", "SUMMARY:Odd"];

    const { counts, reasons } = await put(calendar, odd);

    expect(counts).toEqual([1, 0, 0]);
    expect(reasons).toEqual([expect.stringMatching(/^It is kept as a single event\. .*BYWEEKNO/)]);
    expect(startsOf(await month(calendar, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"))).toEqual(["2026-03-02T09:00:00Z"]);
    expect((await put(calendar, odd)).counts).toEqual([0, 0, 1]);
    expect(await fetchText(calendar)).toContain("RRULE:FREQ=MONTHLY;BYWEEKNO=9\r\n");
  });

  it("reads floating times in the calendar's zone", async () => {
    const calendar = await newCalendar(owner, "Asia/Tokyo");
    await put(calendar, ["UID:f", "DTSTART:20260302T090000", "DTEND:20260302T100000"]);
    expect((await calendar.list()).items[0].start).toEqual({ dateTime: "2026-03-02T09:00:00+09:00", timeZone: "Asia/Tokyo" });
  });

  it.each([
    ["a page", "<html>BEGIN</html>", /not iCalendar/],
    ["too many events", `BEGIN:VCALENDAR\n${"BEGIN:VEVENT\n".repeat(50_001)}`, /50001 events; at most 50000/],
  ])("refuses %s", async (_, text, sentence) => {
    const calendar = await newCalendar(owner);
    const answer = await send(calendar, text);
    expect(answer).toMatchObject({
      status: 400,
      reason: "invalid",
      body: { error: { message: expect.stringMatching(sentence) } },
    });
  });

  it("does not spend longer on hostile rules than it may, and lets others work meanwhile", async () => {
    const calendar = await newCalendar(owner);
    const hostile = Array.from({ length: 400 }, (_, i) => [
      `UID:${i}`,
      "DTSTART:20260302T090000Z",
      "RRULE:FREQ=SECONDLY",
      "EXRULE:FREQ=SECONDLY",
    ]);
    const started = performance.now();
    const importing = put(calendar, ...hostile);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const asked = performance.now();
    await owner.get("/v1/users/me");
    expect(performance.now() - asked).toBeLessThan(1_500);
    const { counts, reasons } = await importing;
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(counts).toEqual([0, 0, 0]);
    expect(reasons).toHaveLength(400);
    expect(reasons.at(-1)).toBe("The rules of the file take too long to work out.");
  });
});

it("tells nobody whose calendar it is", async () => {
  const stranger = await api.person();
  const id = owner.email;
  expect(await stranger.get(below(id, "export.ics"))).toMatchObject({ status: 404, reason: "notFound" });
  expect(await stranger.post(below(id, "import"), "BEGIN:VCALENDAR", asCalendar)).toMatchObject({ status: 404 });
});

it("is not exported to those who may see when it is busy and no more", async () => {
  const { id } = await newCalendar(owner);
  const friend = await api.person();
  await owner.post(aclPath(id), { scope: { type: "user", value: friend.email }, role: "freeBusyReader" });

  expect(await friend.get(below(id, "export.ics"))).toMatchObject({ status: 403, reason: "requiredAccessLevel" });
});

it("exports every page, with the type that programs look for, and no change of its own", async () => {
  const calendar = await newCalendar(owner);
  const count = 1_201;
  await put(
    calendar,
    ...Array.from({ length: count }, (_, i) => [`UID:${i}`, "DTSTART:20260302T090000Z", `SUMMARY:Été\\, ${i}`]),
  );

  const answer = await owner.get(below(calendar.id, "export.ics"));

  expect(answer.headers.get("content-type")).toBe("text/calendar; charset=utf-8");
  const events = new ICAL.Component(ICAL.parse(answer.body)).getAllSubcomponents("vevent").map((one) => new ICAL.Event(one));
  expect(new Set(events.map(({ uid }) => uid)).size).toBe(count);
  expect(events.map(({ summary }) => summary)).toContain("Été, 1200");
  expect(await fetchText(calendar)).toBe(answer.body);
});

it("takes 5 000 events in reasonable time, and finds that they are the same even sooner", async () => {
  const calendar = await newCalendar(owner, "Europe/Berlin");
  const stamp = (i: number) => `202603${String(1 + (i % 28)).padStart(2, "0")}T0900`;
  const many = Array.from({ length: 5_000 }, (_, i) => [
    ...[`UID:${i}@x.example`, `DTSTART:${stamp(i)}00`, `DTEND:${stamp(i)}30`, `SUMMARY:Event ${i}`],
    ...(i % 10 === 0 ? ["RRULE:FREQ=WEEKLY"] : []),
  ]);

  const started = performance.now();
  expect((await put(calendar, ...many)).counts).toEqual([5_000, 0, 0]);
  const first = performance.now() - started;
  expect((await put(calendar, ...many)).counts).toEqual([0, 0, 5_000]);
  const second = performance.now() - started - first;

  expect(first).toBeLessThan(15_000);
  expect(second).toBeLessThan(10_000);
});
