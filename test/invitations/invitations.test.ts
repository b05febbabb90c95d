import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, type Item, idsOf, queryOf } from "#test/support/events.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const events = "/calendar/v3/calendars/primary/events";

const people = (count: number): Promise<Person[]> => Promise.all(Array.from({ length: count }, () => api.person()));

const attendees = (...guests: (Person | string)[]) =>
  guests.map((guest) => ({ email: typeof guest === "string" ? guest : guest.email }));

const ok = async (answer: ReturnType<Person["get"]>): Promise<Item> => {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`Refused: ${JSON.stringify(body)}`);
  return body;
};

const event = (person: Person, id: string): Promise<Item> => ok(person.get(`${events}/${id}`));
const list = async (person: Person, query: Record<string, string | boolean> = {}): Promise<Item[]> =>
  (await ok(person.get(`${events}?${queryOf(query)}`))).items;
const responses = ({ attendees = [] }: Item) =>
  Object.fromEntries(attendees.map(({ email, responseStatus }: Item) => [email, responseStatus]));

describe("an invitation", () => {
  it("puts a copy on the calendar of each guest who is a user here, under the same id and UID", async () => {
    const [host, guest] = (await people(2)) as [Person, Person];
    const made = await ok(
      host.post(events, {
        ...at("2026-03-09T09:00:00"),
        summary: "Review",
        location: "Room 1",
        attendees: attendees(guest, "stranger@elsewhere.org"),
        reminders: { useDefault: false, overrides: [{ method: "popup", minutes: 5 }] },
        extendedProperties: { private: { mine: "1" }, shared: { ours: "2" } },
        colorId: "5",
      }),
    );

    const copy = await event(guest, made.id);
    expect(copy).toMatchObject({
      id: made.id,
      iCalUID: made.iCalUID,
      summary: "Review",
      location: "Room 1",
      status: "confirmed",
      start: made.start,
      organizer: { email: host.email },
      creator: { email: host.email },
      attendees: [
        { email: guest.email, self: true, responseStatus: "needsAction" },
        { email: "stranger@elsewhere.org", responseStatus: "needsAction" },
      ],
      extendedProperties: { shared: { ours: "2" } },
      reminders: { useDefault: true },
    });
    expect(copy.organizer.self).toBeUndefined();
    expect(copy.extendedProperties.private).toBeUndefined();
    expect(copy.colorId).toBeUndefined();
    expect(idsOf(await list(guest))).toEqual([made.id]);
  });

  it("costs its guests nothing when its id is taken: what a client sends again is refused before any copy is made", async () => {
    const [host, guest] = (await people(2)) as [Person, Person];
    const review = { id: "takenid", ...at("2026-03-09T09:00:00"), attendees: attendees(guest) };
    await ok(host.post(events, review));
    const db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 5_000 });
    await db.query(
      sql.type(row())`create function no_copy() returns trigger language plpgsql as 'begin raise exception $$a copy$$; end'`,
    );
    await db.query(sql.type(row())`
      create trigger no_copy before insert or update on events for each row
      when (new.copy_of_calendar is not null) execute function no_copy()
    `);
    const again = await host.post(events, { ...review, summary: "Another" });
    await db.query(sql.type(row())`drop trigger no_copy on events`);
    await db.close();

    expect([again.status, again.reason]).toEqual([409, "duplicate"]);
    expect((await event(guest, review.id)).summary).toBeUndefined();
  });

  it("reaches the organizer's and all other calendars when it is answered", async () => {
    const [host, one, other] = (await people(3)) as [Person, Person, Person];
    const made = await ok(host.post(events, { ...at("2026-03-09T09:00:00"), attendees: attendees(one, other) }));

    await ok(
      one.patch(`${events}/${made.id}`, {
        attendees: [{ email: one.email, responseStatus: "accepted", comment: "With pleasure" }, { email: other.email }],
      }),
    );
    await ok(
      other.patch(`${events}/${made.id}`, {
        attendeesOmitted: true,
        attendees: [{ email: other.email, responseStatus: "tentative" }],
      }),
    );

    for (const person of [host, one, other]) {
      const seen = await event(person, made.id);
      expect(responses(seen)).toEqual({ [one.email]: "accepted", [other.email]: "tentative" });
      expect(seen.attendees[0].comment).toBe("With pleasure");
    }
  });

  it("follows the organizer's changes, keeping what each guest has made their own", async () => {
    const [host, guest] = (await people(2)) as [Person, Person];
    const made = await ok(host.post(events, { ...at("2026-03-09T09:00:00"), summary: "Old", attendees: attendees(guest) }));
    await ok(
      guest.patch(`${events}/${made.id}`, {
        colorId: "7",
        transparency: "transparent",
        extendedProperties: { private: { note: "mine" } },
        reminders: { useDefault: false, overrides: [{ method: "email", minutes: 30 }] },
      }),
    );

    await ok(host.patch(`${events}/${made.id}`, { ...at("2026-03-10T11:00:00"), summary: "New" }));

    expect(await event(guest, made.id)).toMatchObject({
      summary: "New",
      start: { dateTime: "2026-03-10T11:00:00Z" },
      sequence: 1,
      colorId: "7",
      transparency: "transparent",
      extendedProperties: { private: { note: "mine" } },
      reminders: { overrides: [{ method: "email", minutes: 30 }] },
    });
    const own = await event(host, made.id);
    expect(own.colorId).toBeUndefined();
    expect(own.extendedProperties).toBeUndefined();
  });

  it("is cancelled for who is invited no longer, and for all when the event is", async () => {
    const [host, one, other] = (await people(3)) as [Person, Person, Person];
    const made = await ok(host.post(events, { ...at("2026-03-09T09:00:00"), attendees: attendees(one, other) }));

    await ok(host.patch(`${events}/${made.id}`, { attendees: attendees(other) }));
    expect((await event(one, made.id)).status).toBe("cancelled");
    expect(await list(one)).toEqual([]);
    expect((await event(other, made.id)).status).toBe("confirmed");

    await ok(host.delete(`${events}/${made.id}`));
    expect((await event(other, made.id)).status).toBe("cancelled");

    await ok(host.patch(`${events}/${made.id}`, { status: "confirmed", attendees: attendees(one, other) }));
    expect((await event(one, made.id)).status).toBe("confirmed");
    expect((await event(other, made.id)).status).toBe("confirmed");
  });

  it("is declined by who deletes their copy, and does not come back with the organizer's next change", async () => {
    const [host, guest] = (await people(2)) as [Person, Person];
    const made = await ok(host.post(events, { ...at("2026-03-09T09:00:00"), attendees: attendees(guest) }));

    expect((await guest.delete(`${events}/${made.id}`)).status).toBe(204);
    expect(responses(await event(host, made.id))).toEqual({ [guest.email]: "declined" });
    await ok(host.patch(`${events}/${made.id}`, { summary: "Changed" }));
    expect(await list(guest)).toEqual([]);

    await ok(
      guest.patch(`${events}/${made.id}`, {
        status: "confirmed",
        attendees: [{ email: guest.email, responseStatus: "accepted" }],
      }),
    );
    expect(responses(await event(host, made.id))).toEqual({ [guest.email]: "accepted" });
    expect(await list(guest)).toMatchObject([{ id: made.id, summary: "Changed", status: "confirmed" }]);
  });

  it("lets a guest change what all share only where the organizer allows it", async () => {
    const [host, guest, third] = (await people(3)) as [Person, Person, Person];
    const closed = await ok(
      host.post(events, {
        ...at("2026-03-09T09:00:00"),
        summary: "Ours",
        attendees: attendees(guest),
        guestsCanInviteOthers: false,
      }),
    );
    for (const change of [
      { summary: "Mine" },
      at("2026-03-10T09:00:00"),
      { attendees: attendees(guest, third) },
      { attendees: [] },
    ]) {
      expect(await guest.patch(`${events}/${closed.id}`, change)).toMatchObject({
        status: 403,
        reason: "forbiddenForNonOrganizer",
      });
    }
    expect(await event(host, closed.id)).toMatchObject({ summary: "Ours", etag: closed.etag });

    const open = await ok(
      host.post(events, { ...at("2026-03-09T09:00:00"), summary: "Ours", attendees: attendees(guest), guestsCanModify: true }),
    );
    await ok(guest.patch(`${events}/${open.id}`, { summary: "All of ours", ...at("2026-03-11T09:00:00") }));
    expect(await event(host, open.id)).toMatchObject({ summary: "All of ours", start: { dateTime: "2026-03-11T09:00:00Z" } });
    await ok(guest.patch(`${events}/${open.id}`, { attendees: attendees(guest, third) }));
    expect(await event(third, open.id)).toMatchObject({ summary: "All of ours", status: "confirmed" });
  });

  it("shows guests each other only where the organizer allows it", async () => {
    const [host, one, other] = (await people(3)) as [Person, Person, Person];
    const made = await ok(
      host.post(events, { ...at("2026-03-09T09:00:00"), attendees: attendees(one, other), guestsCanSeeOtherGuests: false }),
    );
    expect((await event(one, made.id)).attendees).toMatchObject([{ email: one.email, self: true }]);
    await ok(one.patch(`${events}/${made.id}`, { attendees: [{ email: one.email, responseStatus: "accepted" }] }));
    expect(responses(await event(host, made.id))).toEqual({ [one.email]: "accepted", [other.email]: "needsAction" });
  });

  it("does not spread from private copies, and not from events that were imported", async () => {
    const [host, guest] = (await people(2)) as [Person, Person];
    await ok(host.post(events, { ...at("2026-03-09T09:00:00"), attendees: attendees(guest), privateCopy: true }));
    await ok(
      host.post(`${events}/import`, {
        ...at("2026-03-09T09:00:00"),
        iCalUID: "theirs@elsewhere.org",
        organizer: { email: "someone@elsewhere.org" },
        attendees: attendees(guest),
      }),
    );
    expect(await list(guest)).toEqual([]);
  });

  it("gets an id of its own where the guest's calendar has that one already", async () => {
    const [host, guest] = (await people(2)) as [Person, Person];
    await ok(guest.post(events, { ...at("2026-03-01T09:00:00"), id: "taken12345", summary: "Own" }));
    await ok(
      host.post(events, { ...at("2026-03-09T09:00:00"), id: "taken12345", summary: "Theirs", attendees: attendees(guest) }),
    );

    const [own, copy] = await list(guest, { singleEvents: true, orderBy: "startTime" });
    expect(own).toMatchObject({ id: "taken12345", summary: "Own" });
    expect(copy).toMatchObject({ summary: "Theirs" });
    await ok(guest.patch(`${events}/${copy.id}`, { attendees: [{ email: guest.email, responseStatus: "accepted" }] }));
    expect(responses(await event(host, "taken12345"))).toEqual({ [guest.email]: "accepted" });
  });
});

describe("an invitation to a series", () => {
  const weekly = { ...at("2026-03-02T09:00:00"), summary: "Weekly", recurrence: ["RRULE:FREQ=WEEKLY;COUNT=4"] };
  const starts = async (person: Person) =>
    (await list(person, { singleEvents: true, orderBy: "startTime" })).map(({ start }) => start.dateTime);

  it("brings the series, and its changed instances for who comes later", async () => {
    const [host, one, late] = (await people(3)) as [Person, Person, Person];
    const made = await ok(host.post(events, { ...weekly, attendees: attendees(one) }));
    await ok(host.patch(`${events}/${made.id}_20260309T090000Z`, at("2026-03-09T15:00:00")));
    await ok(host.delete(`${events}/${made.id}_20260316T090000Z`));
    await ok(host.patch(`${events}/${made.id}`, { attendees: attendees(one, late) }));

    const expected = ["2026-03-02T09:00:00Z", "2026-03-09T15:00:00Z", "2026-03-23T09:00:00Z"];
    expect(await starts(host)).toEqual(expected);
    expect(await starts(one)).toEqual(expected);
    // The moved instance was made before the third person came: its own list of guests does not have them.
    expect(await starts(late)).toEqual(["2026-03-02T09:00:00Z", "2026-03-23T09:00:00Z"]);
  });

  it("can be answered for one instance alone", async () => {
    const [host, guest] = (await people(2)) as [Person, Person];
    const made = await ok(host.post(events, { ...weekly, attendees: attendees(guest) }));
    const instance = `${made.id}_20260309T090000Z`;

    await ok(guest.patch(`${events}/${instance}`, { attendees: [{ email: guest.email, responseStatus: "declined" }] }));

    expect(responses(await event(host, instance))).toEqual({ [guest.email]: "declined" });
    expect(responses(await event(host, `${made.id}_20260316T090000Z`))).toEqual({ [guest.email]: "needsAction" });
    expect(responses(await event(host, made.id))).toEqual({ [guest.email]: "needsAction" });

    expect((await guest.delete(`${events}/${made.id}_20260316T090000Z`)).status).toBe(204);
    expect(responses(await event(host, `${made.id}_20260316T090000Z`))).toEqual({ [guest.email]: "declined" });
    expect(await starts(guest)).toEqual(["2026-03-02T09:00:00Z", "2026-03-09T09:00:00Z", "2026-03-23T09:00:00Z"]);
    expect(await starts(host)).toHaveLength(4);
  });

  it("can be to one instance alone", async () => {
    const [host, guest] = (await people(2)) as [Person, Person];
    const made = await ok(host.post(events, weekly));
    const instance = `${made.id}_20260309T090000Z`;
    await ok(host.patch(`${events}/${instance}`, { attendees: attendees(guest) }));

    expect(await list(guest)).toMatchObject([
      { id: instance, recurringEventId: made.id, start: { dateTime: "2026-03-09T09:00:00Z" } },
    ]);
    await ok(guest.patch(`${events}/${instance}`, { attendees: [{ email: guest.email, responseStatus: "accepted" }] }));
    expect(responses(await event(host, instance))).toEqual({ [guest.email]: "accepted" });

    await ok(host.delete(`${events}/${made.id}`));
    expect(await list(guest)).toEqual([]);
  });

  it("is refused when its changed instances would make more copies than one write may", async () => {
    const guests = await people(4);
    const host = await api.person();
    const day = (index: number) => new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10).replaceAll("-", "");
    const part = (index: number) =>
      `BEGIN:VEVENT\r\nUID:many\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID:${day(index)}T090000Z\r\nDTSTART:${day(index)}T100000Z\r\nEND:VEVENT\r\n`;
    const master =
      "BEGIN:VEVENT\r\nUID:many\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T090000Z\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\n";
    const text = `BEGIN:VCALENDAR\r\n${master}${Array.from({ length: 2_600 }, (_, index) => part(index)).join("")}END:VCALENDAR\r\n`;
    await ok(host.post("/v1/calendars/primary/import", text, { "Content-Type": "text/calendar" }));
    const made = (await list(host)).find(({ recurrence }) => recurrence);

    const answer = await host.patch(`${events}/${made.id}`, { attendees: attendees(...guests) });

    expect(answer).toMatchObject({ status: 400, reason: "invalid", body: { error: { errors: [{ location: "attendees" }] } } });
    for (const guest of guests) expect(await list(guest, { singleEvents: true })).toEqual([]);
  }, 180_000);

  it("ends for who is taken out, save for instances that they are invited to themselves", async () => {
    const [host, guest] = (await people(2)) as [Person, Person];
    const made = await ok(host.post(events, { ...weekly, attendees: attendees(guest) }));
    await ok(host.patch(`${events}/${made.id}_20260309T090000Z`, { summary: "Special" }));
    await ok(host.patch(`${events}/${made.id}`, { attendees: [] }));
    expect(await list(guest, { singleEvents: true })).toMatchObject([{ summary: "Special" }]);
  });

  it("moves with the series, dropping changed instances whose place is gone everywhere", async () => {
    const [host, guest] = (await people(2)) as [Person, Person];
    const made = await ok(host.post(events, { ...weekly, attendees: attendees(guest) }));
    await ok(host.patch(`${events}/${made.id}_20260309T090000Z`, { summary: "Special" }));
    await ok(host.patch(`${events}/${made.id}`, at("2026-03-03T10:00:00")));

    const expected = ["2026-03-03T10:00:00Z", "2026-03-10T10:00:00Z", "2026-03-17T10:00:00Z", "2026-03-24T10:00:00Z"];
    expect(await starts(host)).toEqual(expected);
    expect(await starts(guest)).toEqual(expected);

    await ok(host.patch(`${events}/${made.id}`, at("2026-03-02T09:00:00")));
    expect((await list(guest, { singleEvents: true, orderBy: "startTime" })).map(({ summary }) => summary)).toEqual([
      "Weekly",
      "Special",
      "Weekly",
      "Weekly",
    ]);
  });
});

describe("copies and their clients", () => {
  it("are told to guests who sync", async () => {
    const [host, guest] = (await people(2)) as [Person, Person];
    const first = await ok(guest.get(`${events}?${queryOf({ singleEvents: false })}`));
    const made = await ok(host.post(events, { ...at("2026-03-09T09:00:00"), attendees: attendees(guest) }));
    const second = await ok(guest.get(`${events}?${queryOf({ syncToken: first.nextSyncToken })}`));
    expect(second.items).toMatchObject([{ id: made.id, status: "confirmed" }]);
    await ok(host.delete(`${events}/${made.id}`));
    const third = await ok(guest.get(`${events}?${queryOf({ syncToken: second.nextSyncToken })}`));
    expect(third.items).toMatchObject([{ id: made.id, status: "cancelled" }]);
  });

  it("stay whole when people invite each other at the same time", async () => {
    const all = await people(4);
    const made = await Promise.all(
      all.flatMap((host) =>
        Array.from({ length: 5 }, (_, index) =>
          ok(host.post(events, { ...at(`2026-03-0${index + 1}T09:00:00`), attendees: attendees(...all) })),
        ),
      ),
    );
    await Promise.all(
      made.flatMap(({ id }) =>
        all.map((guest) =>
          guest.patch(`${events}/${id}`, {
            attendeesOmitted: true,
            attendees: [{ email: guest.email, responseStatus: "accepted" }],
          }),
        ),
      ),
    );

    for (const person of all) {
      const items = await list(person);
      expect(idsOf(items).sort()).toEqual(idsOf(made).sort());
      for (const item of items) expect(Object.values(responses(item))).toEqual(["accepted", "accepted", "accepted", "accepted"]);
    }
  });
});
