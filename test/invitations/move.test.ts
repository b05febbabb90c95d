import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, type Item, newCalendar, on } from "#test/support/events.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const primary = "/calendar/v3/calendars/primary/events";

const ok = async (answer: ReturnType<Person["get"]>): Promise<Item> => {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`Refused: ${JSON.stringify(body)}`);
  return body;
};
const list = async (person: Person, path: string): Promise<Item[]> =>
  (await ok(person.get(`${path}?singleEvents=true&orderBy=startTime`))).items;

describe("moving an event", () => {
  it("makes the other calendar its organizer, with changed instances, and cancels it where it was", async () => {
    const person = await api.person();
    const from = await newCalendar(person);
    const to = await newCalendar(person);
    const made = await from.insert({
      ...at("2026-03-02T09:00:00"),
      summary: "Weekly",
      recurrence: ["RRULE:FREQ=WEEKLY;COUNT=3"],
    });
    await from.patch(`${made.id}_20260309T090000Z`, { summary: "Special", ...at("2026-03-09T15:00:00") });
    await from.delete(`${made.id}_20260316T090000Z`);
    const synced = await from.list();

    const moved = await ok(person.post(`${from.path}/${made.id}/move?destination=${encodeURIComponent(to.id)}`));

    expect(moved).toMatchObject({ id: made.id, iCalUID: made.iCalUID, organizer: { email: to.id, self: true } });
    expect(await list(person, to.path)).toMatchObject([
      { summary: "Weekly", start: { dateTime: "2026-03-02T09:00:00Z" } },
      { summary: "Special", start: { dateTime: "2026-03-09T15:00:00Z" } },
    ]);
    expect(await list(person, from.path)).toEqual([]);
    const told = await from.list({ syncToken: synced.nextSyncToken as string });
    expect(told.items.find(({ id }) => id === made.id)).toMatchObject({ status: "cancelled" });

    await ok(person.post(`${to.path}/${made.id}/move?destination=${encodeURIComponent(from.id)}`));
    expect(await list(person, from.path)).toHaveLength(2);
    expect(await list(person, to.path)).toEqual([]);
  });

  it("lets guests' copies follow, with their answers going to the new organizer", async () => {
    const [host, guest] = (await Promise.all([api.person(), api.person()])) as [Person, Person];
    const team = await newCalendar(host);
    const made = await ok(host.post(primary, { ...at("2026-03-02T09:00:00"), attendees: [{ email: guest.email }] }));

    await ok(host.post(`${primary}/${made.id}/move?destination=${encodeURIComponent(team.id)}`));
    expect(await list(guest, primary)).toMatchObject([{ id: made.id, organizer: { email: team.id } }]);
    await ok(guest.patch(`${primary}/${made.id}`, { attendees: [{ email: guest.email, responseStatus: "accepted" }] }));
    expect((await team.get(made.id)).body.attendees).toMatchObject([{ email: guest.email, responseStatus: "accepted" }]);
  });

  it("is refused for instances, guests' copies, special events, other ids in the way, and without the right", async () => {
    const [host, guest] = (await Promise.all([api.person(), api.person()])) as [Person, Person];
    const team = await newCalendar(host);
    const own = await newCalendar(guest);
    const to = (calendar: { id: string }) => `move?destination=${encodeURIComponent(calendar.id)}`;
    const made = await ok(
      host.post(primary, { ...at("2026-03-02T09:00:00"), recurrence: ["RRULE:FREQ=DAILY"], attendees: [{ email: guest.email }] }),
    );

    const instance = await host.post(`${primary}/${made.id}_20260303T090000Z/${to(team)}`);
    expect(instance).toMatchObject({ status: 400, reason: "cannotChangeOrganizerOfInstance" });
    expect(await guest.post(`${primary}/${made.id}/${to(own)}`)).toMatchObject({ status: 403, reason: "cannotChangeOrganizer" });
    expect(await host.post(`${primary}/${made.id}/${to(own)}`)).toMatchObject({ status: 404, reason: "notFound" });
    expect(await host.post(`${primary}/${made.id}/move`)).toMatchObject({ status: 400, reason: "required" });
    const special = await ok(host.post(primary, { ...on("2026-03-02"), eventType: "birthday", transparency: "transparent" }));
    expect(await host.post(`${primary}/${special.id}/${to(team)}`)).toMatchObject({
      status: 400,
      reason: "eventTypeRestriction",
    });
    await ok(host.post(team.path, { ...at("2026-04-01T09:00:00"), id: made.id }));
    expect(await host.post(`${primary}/${made.id}/${to(team)}`)).toMatchObject({ status: 409, reason: "duplicate" });
    expect((await ok(host.get(`${primary}/${made.id}`))).status).toBe("confirmed");
  });
});

describe("a calendar that is cleared or deleted", () => {
  it("cancels the copies that guests have of its events", async () => {
    const [host, guest] = (await Promise.all([api.person(), api.person()])) as [Person, Person];
    const team = await newCalendar(host);
    const body = { ...at("2026-03-02T09:00:00"), recurrence: ["RRULE:FREQ=DAILY;COUNT=2"], attendees: [{ email: guest.email }] };
    await ok(host.post(primary, body));
    await team.insert(body);
    const first = await ok(guest.get(`${primary}?singleEvents=true`));
    expect(first.items).toHaveLength(4);

    expect((await host.post("/calendar/v3/calendars/primary/clear")).status).toBe(204);
    expect(await list(guest, primary)).toHaveLength(2);
    expect((await host.delete(`/calendar/v3/calendars/${encodeURIComponent(team.id)}`)).status).toBe(204);
    expect(await list(guest, primary)).toEqual([]);

    const news = await ok(guest.get(`${primary}?syncToken=${first.nextSyncToken}`));
    expect(news.items.map(({ status }: Item) => status)).toEqual(["cancelled", "cancelled", "cancelled", "cancelled"]);
  });
});
