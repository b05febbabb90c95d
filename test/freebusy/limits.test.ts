import { type Api, type Person, startApi } from "#test/support/api.ts";

let api: Api;
let person: Person;
beforeAll(async () => {
  api = await startApi({ freeBusyMaxCalendars: 2, freeBusyMaxDays: 7 });
  person = await api.person();
});
afterAll(() => api.stop());

const ask = (timeMax: string, more: object = {}) =>
  person.post("/calendar/v3/freeBusy", {
    timeMin: "2026-03-02T00:00:00Z",
    timeMax,
    items: ["primary", "a", "b"].map((id) => ({ id })),
    ...more,
  });

it("reads no more calendars at once than the server is set to, whatever is asked for", async () => {
  const { body } = await ask("2026-03-09T00:00:00Z", { calendarExpansionMax: 50 });

  expect(body.calendars).toEqual({
    primary: { busy: [] },
    a: { busy: [], errors: [{ domain: "global", reason: "notFound" }] },
    b: { busy: [], errors: [{ domain: "global", reason: "tooManyCalendarsRequested" }] },
  });
});

it("refuses a longer time than the server is set to, as Google does", async () => {
  const refused = await ask("2026-03-09T00:00:01Z");

  expect(refused).toMatchObject({ status: 400, reason: "timeRangeTooLong" });
  expect(refused.body.error).toMatchObject({ code: 400, message: "The requested time range is too long." });
});
