import { loadPhraseReader } from "#lib/domain/events/read-phrase.ts";
import type { EventTime } from "#lib/model/event.ts";
import { findZone, type Zone } from "#lib/model/zone.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { newCalendar } from "#test/support/events.ts";

const zoneNamed = (name: string): Zone => {
  const zone = findZone(name);
  if (!zone) throw new Error(`There is no zone ${name}.`);
  return zone;
};

/** `2026-03-05T19:00-05:00`, or a date. */
const show = (time: EventTime): string => {
  if ("date" in time) return time.date;
  const minutes = zoneNamed(time.zone).offsetAt(time.instant) / 60_000;
  const two = (value: number) => String(value).padStart(2, "0");
  const local = new Date(time.instant + minutes * 60_000).toISOString().slice(0, 16);
  return `${local}${minutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
};

describe("a phrase", () => {
  const readAt = async (now: string, zone: string, phrase: string) => {
    const { start, end, ...words } = (await loadPhraseReader())(phrase, Date.parse(now), zoneNamed(zone));
    return { ...words, start: show(start), end: show(end) };
  };

  describe("said in New York on Wednesday, 4 March 2026, at 10:20", () => {
    type Row = [phrase: string, start: string, end: string, ...words: string[]];
    const at = (time: string, day = "2026-03-04") => `${day}T${time}-05:00`;
    const tomorrow = (time: string) => at(time, "2026-03-05");

    it.each<Row>([
      ["Dinner at Luigi's tomorrow at 7pm", tomorrow("19:00"), tomorrow("20:00"), "Dinner", "Luigi's"],
      ["Dinner 7pm tomorrow at Luigi's for 2 hours", tomorrow("19:00"), tomorrow("21:00"), "Dinner", "Luigi's"],
      ["Dinner at Luigi's with Ana tomorrow at 8pm", tomorrow("20:00"), tomorrow("21:00"), "Dinner with Ana", "Luigi's"],
      ["Tomorrow: dinner with Ana at 7pm", tomorrow("19:00"), tomorrow("20:00"), "dinner with Ana"],
      ["Lunch with Ana tomorrow", "2026-03-05", "2026-03-06", "Lunch with Ana"],
      ["Standup Monday 9am", "2026-03-09T09:00-04:00", "2026-03-09T10:00-04:00", "Standup"],
      ["Monday lunch with Bob at noon", "2026-03-09T12:00-04:00", "2026-03-09T13:00-04:00", "lunch with Bob"],
      ["Meeting 3pm-5pm", at("15:00"), at("17:00"), "Meeting"],
      ["Meeting tomorrow from 10 to 12", tomorrow("10:00"), tomorrow("12:00"), "Meeting"],
      ["Meeting tomorrow from 10 to 2", tomorrow("10:00"), tomorrow("14:00"), "Meeting"],
      ["Lecture 9 to 5 tomorrow", tomorrow("09:00"), tomorrow("17:00"), "Lecture"],
      ["Call 11pm to 1am", at("23:00"), tomorrow("01:00"), "Call"],
      ["Coffee at 4", at("16:00"), at("17:00"), "Coffee"],
      ["Flight tomorrow at 06:15", tomorrow("06:15"), tomorrow("07:15"), "Flight"],
      ["tomorrow morning at 6 run", tomorrow("06:00"), tomorrow("07:00"), "run"],
      ["10am yoga", tomorrow("10:00"), tomorrow("11:00"), "yoga"],
      ["11am yoga", at("11:00"), at("12:00"), "yoga"],
      ["Breakfast at 8 at Cafe Paris", tomorrow("08:00"), tomorrow("09:00"), "Breakfast", "Cafe Paris"],
      ["Gym tonight at 8", at("20:00"), at("21:00"), "Gym"],
      ["Dentist this afternoon", at("15:00"), at("16:00"), "Dentist"],
      ["Call in 30 minutes", at("10:50"), at("11:50"), "Call"],
      ["Doctor 10:30 for 45 min", at("10:30"), at("11:15"), "Doctor"],
      ["90 min workout tomorrow at 6", tomorrow("18:00"), tomorrow("19:30"), "workout"],
      ["tomorrow at noon for an hour and a half", tomorrow("12:00"), tomorrow("13:30")],
      ["Focus for 2 hours", at("10:20"), at("12:20"), "Focus"],
      ["Just a note", at("10:20"), at("11:20"), "Just a note"],
      ["Call 3pm PST", at("18:00"), at("19:00"), "Call"],
      ["Review 2026-03-05T14:00:00Z", tomorrow("09:00"), tomorrow("10:00"), "Review"],
      [
        "Appointment at Somewhere on June 3rd 10am-10:25am",
        "2026-06-03T10:00-04:00",
        "2026-06-03T10:25-04:00",
        "Appointment",
        "Somewhere",
      ],
      ["18:00 10/31 Trick or Treat", "2026-10-31T18:00-04:00", "2026-10-31T19:00-04:00", "Trick or Treat"],
      ["Party on December 31", "2026-12-31", "2027-01-01", "Party"],
      ["Birthday March 3", "2027-03-03", "2027-03-04", "Birthday"],
      ["Deadline March 4", "2026-03-04", "2026-03-05", "Deadline"],
      ["Conference from March 13 to March 15", "2026-03-13", "2026-03-16", "Conference"],
      ["ski Dec 30 to Jan 2", "2026-12-30", "2027-01-03", "ski"],
      ["Trip from tomorrow for 3 days", "2026-03-05", "2026-03-08", "Trip"],
      ["Trip Mar 9 9am to Mar 11", "2026-03-09T09:00-04:00", "2026-03-11T09:00-04:00", "Trip"],
      ["Check in tomorrow", "2026-03-05", "2026-03-06", "Check in"],
      ["by Friday: report", "2026-03-06", "2026-03-07", "report"],
      ["Meeting Friday 3pm @ Room 5", at("15:00", "2026-03-06"), at("16:00", "2026-03-06"), "Meeting", "Room 5"],
      ["Meet Mark at 5 Main Street tomorrow at 3pm", tomorrow("15:00"), tomorrow("16:00"), "Meet Mark", "5 Main Street"],
      ["Meeting 30 min tomorrow", "2026-03-05", "2026-03-06", "Meeting 30 min"],
      ["yesterday at 5pm retro", at("17:00", "2026-03-03"), at("18:00", "2026-03-03"), "retro"],
      ["Wednesday 9am party", "2026-03-11T09:00-04:00", "2026-03-11T10:00-04:00", "party"],
      ["last Monday retro", "2026-03-02", "2026-03-03", "retro"],
    ])("%s", async (phrase, start, end, ...[summary, location]) => {
      expect(await readAt("2026-03-04T15:20:34Z", "America/New_York", phrase)).toEqual({
        start,
        end,
        ...(summary && { summary }),
        ...(location && { location }),
      });
    });
  });

  it.each([
    // Days are the calendar's, on either side of the date line.
    ["2026-03-04T23:30:00Z", "Asia/Tokyo", "Lunch today at noon", "2026-03-05T12:00+09:00"],
    ["2026-03-04T23:30:00Z", "America/Los_Angeles", "Dinner today at 7pm", "2026-03-04T19:00-08:00"],
    ["2026-03-04T11:00:00Z", "Asia/Tokyo", "Wednesday 9pm party", "2026-03-04T21:00+09:00"],
    ["2026-03-05T01:00:00Z", "America/New_York", "Wednesday 7pm party", "2026-03-11T19:00-04:00"],
    ["2026-03-04T11:00:00Z", "Pacific/Apia", "tomorrow", "2026-03-06"],
    ["2026-03-04T11:00:00Z", "Asia/Kathmandu", "Tea at 5", "2026-03-04T17:00+05:45"],
    // The offset is the one of the day that is meant, not of today.
    ["2026-03-04T12:00:00Z", "Europe/Berlin", "Picnic April 10 3pm", "2026-04-10T15:00+02:00"],
    ["2026-10-20T12:00:00Z", "Europe/Berlin", "Market Nov 2 3pm", "2026-11-02T15:00+01:00"],
    // In the hour that a gap leaves out, after it, and by the clock that goes on in between.
    ["2026-03-07T12:00:00Z", "America/New_York", "Run tomorrow at 2:30am", "2026-03-08T03:30-04:00"],
    ["2026-03-08T06:30:00Z", "America/New_York", "Run in 2 hours", "2026-03-08T04:30-04:00"],
    ["2026-10-25T00:30:00Z", "Europe/Berlin", "Run in 2 hours", "2026-10-25T03:30+01:00"],
  ])("said at %s in %s, %s, is meant for %s", async (now, zone, phrase, start) => {
    expect((await readAt(now, zone, phrase)).start).toBe(start);
  });

  it.each(["1 ", "at 5 ", "1 hour and ", "3pm to ", "tomorrow ", "for 1 h ", "at @ ", "march 3 - "])(
    "of a thousand letters of %j takes no time",
    async (words) => {
      const phrase = words.repeat(1_000).slice(0, 1_000);
      const read = await loadPhraseReader();
      const before = performance.now();
      read(phrase, Date.parse("2026-03-04T15:20:00Z"), zoneNamed("America/New_York"));
      expect(performance.now() - before).toBeLessThan(2_000);
    },
  );
});

describe("events.quickAdd", () => {
  let api: Api;
  let person: Person;
  const { now } = Date;
  beforeAll(async () => {
    api = await startApi();
    person = await api.person({ timeZone: "America/New_York" });
  });
  afterEach(() => {
    Date.now = now;
  });
  afterAll(() => api.stop());

  const primary = "/calendar/v3/calendars/primary/events";
  const add = (text: string, more = "") => person.post(`${primary}/quickAdd?text=${encodeURIComponent(text)}${more}`);

  it("adds the event, with neither a body nor a content type", async () => {
    Date.now = () => Date.parse("2026-03-04T15:20:00Z");

    const { status, body } = await add("Dinner at Luigi's tomorrow at 7pm", "&sendUpdates=all&sendNotifications=true");

    expect(status).toBe(200);
    expect(body).toMatchObject({
      kind: "calendar#event",
      status: "confirmed",
      summary: "Dinner",
      location: "Luigi's",
      start: { dateTime: "2026-03-05T19:00:00-05:00", timeZone: "America/New_York" },
      end: { dateTime: "2026-03-05T20:00:00-05:00", timeZone: "America/New_York" },
      creator: { email: person.email },
    });
    expect((await person.get(`${primary}/${body.id}`)).body).toEqual(body);
  });

  it("reads the phrase in the zone of the calendar that it is for", async () => {
    Date.now = () => Date.parse("2026-03-04T15:20:00Z");
    const { id } = await newCalendar(person, "Asia/Tokyo");

    const { body } = await person.post(`/calendar/v3/calendars/${id}/events/quickAdd?text=lunch+today+at+noon`);

    expect(body.start).toEqual({ dateTime: "2026-03-05T12:00:00+09:00", timeZone: "Asia/Tokyo" });
  });

  it.each([
    ["no text", "", "required"],
    ["an empty text", "?text=", "required"],
    ["blanks", "?text=%20%20", "required"],
    ["a long text", `?text=${"x".repeat(1_001)}`, "invalidParameter"],
    ["a NUL", "?text=a%00b", "invalid"],
    ["a time that no calendar holds", "?text=party%2012/31/9999%2011pm", "invalid"],
  ])("refuses %s", async (_, query, reason) => {
    const refused = await person.post(`${primary}/quickAdd${query}`);

    expect(refused).toMatchObject({ status: 400, reason });
    expect(refused.body.error.errors[0].location).toBe("text");
  });

  it("tells a stranger nothing of a calendar, and a phrase nothing to it", async () => {
    const stranger = await api.person();

    expect(await stranger.post(`/calendar/v3/calendars/${person.email}/events/quickAdd?text=x`)).toMatchObject({ status: 404 });
  });
});
