import { readCalendar } from "#lib/ical/read-calendar.ts";

const details = (...lines: readonly string[]) => {
  const text = ["BEGIN:VEVENT", "UID:1", "DTSTART:20260302T120000Z", ...lines, "END:VEVENT"].join("\n");
  const { iCalUID, start, end, ...draft } = readCalendar(text, { zone: "UTC" }).series[0]?.main ?? { details: {} };
  return draft;
};

it("reads what an event says, leaving out what it does not", () => {
  expect(details()).toEqual({ status: "confirmed", details: {} });
  expect(
    details(
      ...[
        "SUMMARY;LANGUAGE=en:Lunch\\, long",
        "SUMMARY;LANGUAGE=de:Mittag",
        "DESCRIPTION:a\\nb",
        "LOCATION:Here",
        "STATUS:TENTATIVE",
      ],
      ...["SEQUENCE:3", "TRANSP:TRANSPARENT", "CLASS:CONFIDENTIAL", "URL:https://x.example/1"],
    ),
  ).toEqual({
    status: "tentative",
    sequence: 3,
    details: {
      ...{
        summary: "Lunch, long",
        description: "a\nb",
        location: "Here",
        transparency: "transparent",
        visibility: "confidential",
      },
      source: { url: "https://x.example/1" },
    },
  });
});

it.each([
  ["STATUS:CANCELLED", { status: "cancelled" }],
  ["STATUS:cancelled ", { status: "cancelled" }],
  ["STATUS:NEEDS-ACTION", { status: "confirmed" }],
  ["SEQUENCE:-1", { details: {} }],
  ["TRANSP:OPAQUE", { details: {} }],
  ["CLASS:PUBLIC", { details: { visibility: "public" } }],
  ["CLASS:X-SECRET", { details: { visibility: "private" } }],
  ["URL:message:<1@x>", { details: {} }],
  ["SUMMARY:", { details: {} }],
])("reads %s", (line, expected) => {
  expect(details(line)).toEqual({ status: "confirmed", details: {}, ...expected });
});

it.each([
  ["mailto:ana@x.example", "ana@x.example"],
  ["MAILTO: Ana@X.example", "Ana@X.example"],
  ["ana@x.example", "ana@x.example"],
])("takes the address of %s", (value, email) => {
  expect(details(`ATTENDEE:${value}`).details).toEqual({ attendees: [{ email, responseStatus: "needsAction" }] });
});

it("takes Apple's address from EMAIL, and drops guests without any", () => {
  expect(
    details("ATTENDEE;CN=Ana;EMAIL=ana@x.example:/aMjU/principal/", "ATTENDEE;CN=Bo:invalid:nomail", "ATTENDEE:tel:+1").details,
  ).toEqual({
    attendees: [{ email: "ana@x.example", displayName: "Ana", responseStatus: "needsAction" }],
  });
});

it("reads what guests are and answered, and which of them invites", () => {
  const { organizer, attendees } = details(
    "ORGANIZER;CN=Ana:mailto:ana@x.example",
    "ATTENDEE;CN=Ana;PARTSTAT=ACCEPTED:mailto:ANA@x.example",
    "ATTENDEE;CN=bo@x.example;ROLE=OPT-PARTICIPANT;PARTSTAT=declined;X-NUM-GUESTS=2:mailto:bo@x.example",
    "ATTENDEE;CUTYPE=ROOM;PARTSTAT=TENTATIVE;X-RESPONSE-COMMENT=full?:mailto:room@x.example",
    "ATTENDEE;PARTSTAT=DELEGATED;X-NUM-GUESTS=0:mailto:cy@x.example",
  ).details;
  expect(organizer).toEqual({ email: "ana@x.example", displayName: "Ana" });
  expect(attendees).toEqual([
    { email: "ANA@x.example", displayName: "Ana", responseStatus: "accepted", organizer: true },
    { email: "bo@x.example", responseStatus: "declined", optional: true, additionalGuests: 2 },
    { email: "room@x.example", responseStatus: "tentative", resource: true, comment: "full?" },
    { email: "cy@x.example", responseStatus: "needsAction" },
  ]);
});

describe("alarms", () => {
  const reminders = (...alarms: readonly (readonly [action: string, trigger: string])[]) =>
    details(...alarms.flatMap(([action, trigger]) => ["BEGIN:VALARM", `ACTION:${action}`, `TRIGGER${trigger}`, "END:VALARM"]))
      .details.reminders;

  it("become reminders", () => {
    expect(
      reminders(
        ["DISPLAY", ":-PT10M"],
        ["AUDIO", ":-P1D"],
        ["EMAIL", ";RELATED=START:-P1W"],
        ["DISPLAY", ":PT0S"],
        ["DISPLAY", ":-PT90S"],
      ),
    ).toEqual({
      useDefault: false,
      overrides: [
        { method: "popup", minutes: 10 },
        { method: "popup", minutes: 1_440 },
        { method: "email", minutes: 10_080 },
        { method: "popup", minutes: 0 },
        { method: "popup", minutes: 1 },
      ],
    });
  });

  it.each([
    ["after the start", ["DISPLAY", ":PT10M"]],
    ["before the end", ["DISPLAY", ";RELATED=END:-PT10M"]],
    ["at a time of its own", ["DISPLAY", ";VALUE=DATE-TIME:19760401T005545Z"]],
    ["too early", ["DISPLAY", ":-PT40321M"]],
    ["of another kind", ["PROCEDURE", ":-PT10M"]],
    ["that says nothing", ["NONE", ":-PT10M"]],
  ] as const)("are left out: one %s", (_, alarm) => {
    expect(reminders(alarm)).toBeUndefined();
  });

  it("are five at most, and no two the same", () => {
    const minutes = [1, 1, 2, 3, 4, 5, 6];
    expect(reminders(...minutes.map((m) => ["DISPLAY", `:-PT${m}M`] as const))?.overrides?.map((r) => r.minutes)).toEqual([
      1, 2, 3, 4, 5,
    ]);
  });
});
