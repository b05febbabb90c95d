import { components } from "#lib/ical/component.ts";

const wanted = { VEVENT: new Set(["UID"]), VALARM: new Set(["ACTION"]), VTODO: new Set(["UID"]) };

/** What a stream holds, as `NAME:UIDs` with `!` for what the text ends in and the number of parts. */
const read = (...lines: readonly string[]): readonly string[] =>
  [...components(lines.join("\n"), wanted)]
    .filter(({ name }) => name !== "VCALENDAR")
    .map(({ name, lines, parts, calendar, whole }) => {
      const uids = lines.map(({ value }) => value).join(",");
      return `${calendar}/${name}:${uids}${parts.length > 0 ? `+${parts.length}` : ""}${whole ? "" : "!"}`;
    });

it("hands out what stands directly in each calendar, with its parts", () => {
  expect(
    read(
      ...[
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        "UID:1",
        "SUMMARY:x",
        "BEGIN:VALARM",
        "ACTION:A",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
      ],
      ...["BEGIN:VCALENDAR", "BEGIN:VTODO", "UID:2", "END:VTODO", "END:VCALENDAR"],
    ),
  ).toEqual(["0/VEVENT:1+1", "1/VTODO:2"]);
});

it("makes up for a missing END", () => {
  expect(read("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", "BEGIN:VALARM", "BEGIN:VEVENT", "UID:2", "END:VCALENDAR")).toEqual([
    "0/VEVENT:1+1",
    "0/VEVENT:2",
  ]);
});

it("ignores an END without a BEGIN", () => {
  expect(read("BEGIN:VCALENDAR", "END:VEVENT", "BEGIN:VEVENT", "UID:1", "END:VTODO", "UID:2", "END:VEVENT")).toEqual([
    "0/VEVENT:1,2",
  ]);
});

it("tells what the text ends in the middle of", () => {
  expect(read("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1")).toEqual(["0/VEVENT:1!"]);
});

it("reads events that stand in no calendar, and space and case around names", () => {
  expect(read("begin:vevent ", "uid:1", "End: VEVENT")).toEqual(["0/VEVENT:1"]);
});

it("goes on after a nest of any depth", () => {
  const bomb = "BEGIN:VALARM\n".repeat(200_000);
  expect(read("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", bomb, "BEGIN:VEVENT", "UID:2", "END:VEVENT")).toEqual([
    "0/VEVENT:1+1",
    "0/VEVENT:2",
  ]);
});

it("looks no deeper than any calendar nests", () => {
  const [component] = components(`BEGIN:VEVENT\n${"BEGIN:VALARM\n".repeat(1_000)}END:VEVENT`, wanted);
  let depth = 0;
  for (let part = component; part; part = part.parts[0]) depth += 1;
  expect(depth).toBe(16);
});
