import fc from "fast-check";
import ICAL from "ical.js";
import { contentLines, plainText, readLine } from "#lib/ical/content-line.ts";
import { writeLine, writeText } from "#lib/ical/write-line.ts";

const octets = (text: string): readonly number[] =>
  text
    .split("\r\n")
    .slice(0, -1)
    .map((line) => Buffer.byteLength(line));

it.each([
  ["commas, semicolons, backslashes and line ends", "a,b;c\\d\ne", "SUMMARY:a\\,b\\;c\\\\d\\ne\r\n"],
  ["CR and CRLF as line ends, so that no text writes a line of its own", "a\rEND:VEVENT\r\nb", "SUMMARY:a\\nEND:VEVENT\\nb\r\n"],
  ["no control characters", "a\0\x07\x1b\tb\x7f", "SUMMARY:a\tb\r\n"],
])("escapes %s", (_, text, line) => {
  expect(writeText("SUMMARY", text)).toBe(line);
});

it("writes parameters that hold anything", () => {
  const line = writeLine("ATTENDEE", "mailto:a@x.example", { CN: 'The "Boss"; a^b\r\nx, y', ROLE: undefined, "X-A": "plain" });
  expect(line).toBe(`ATTENDEE;CN="The ^'Boss^'; a^^b^nx, y";X-A=plain:mailto:a@x.example\r\n`);
  expect(writeLine("URL", "https://x.example/\r\nEND:VEVENT")).toBe("URL:https://x.example/ END:VEVENT\r\n");
});

it("folds at 75 octets and never inside of a character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 20, maxLength: 400 }), (text) => {
      const written = writeText("SUMMARY", text);
      expect(Math.max(...octets(written))).toBeLessThanOrEqual(75);
      expect(Buffer.from(written).toString()).toBe(written);
      expect([...contentLines(written)]).toHaveLength(1);
    }),
  );
  expect(octets(writeText("SUMMARY", "x".repeat(200)))).toEqual([75, 75, 60]);
  expect(octets(writeText("SUMMARY", "💧".repeat(40)))).toEqual([72, 73, 25]);
});

const printable = fc.string({ unit: "grapheme", maxLength: 200 }).map((text) => text.toWellFormed().replace(/\p{Cc}/gu, "\n"));

it("is read back the same, by us and by ical.js", () => {
  fc.assert(
    fc.property(printable, printable, (text, name) => {
      const [line = ""] = contentLines(writeText("SUMMARY", text));
      expect(plainText(readLine(line)?.value ?? "")).toBe(text);
      expect(ICAL.parse.property(line, ICAL.design.icalendar)[3]).toBe(text);

      const [guest = ""] = contentLines(writeLine("ATTENDEE", "mailto:a@x.example", { CN: name }));
      expect(readLine(guest)).toMatchObject({ params: new Map([["CN", name]]), value: "mailto:a@x.example" });
    }),
  );
});
