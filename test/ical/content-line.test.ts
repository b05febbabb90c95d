import { contentLines, lineName, plainText, readLine } from "#lib/ical/content-line.ts";

describe("contentLines", () => {
  it("unfolds at spaces and tabs, also in the middle of a word", () => {
    expect([...contentLines("SUMMARY:Hal\r\n lo\r\n\t Welt\r\nUID:1\r\n")]).toEqual(["SUMMARY:Hallo Welt", "UID:1"]);
  });

  it.each([
    ["LF", "A:1\nB:2\n"],
    ["CR", "A:1\rB:2\r"],
    ["doubled CR", "A:1\r\r\nB:2\r\r\n"],
    ["no end at the last line", "A:1\r\nB:2"],
    ["blank lines", "\n\nA:1\n\n\nB:2\n\n"],
    ["byte order marks", "\uFEFFA:1\n\uFEFFB:2\n"],
    ["NULs", "A:\x001\nB\0:2\n"],
  ])("forgives %s", (_, text) => {
    expect([...contentLines(text)]).toEqual(["A:1", "B:2"]);
  });

  it("keeps a fold together over a blank line", () => {
    expect([...contentLines("A:one\r\r\n two\r\n")]).toEqual(["A:onetwo"]);
  });

  it("takes the time of one pass for a line folded a million times", () => {
    const text = `A:${"x\n ".repeat(1_000_000)}`;
    const started = performance.now();
    expect([...contentLines(text)][0]).toHaveLength(1_000_002);
    expect(performance.now() - started).toBeLessThan(8_000);
  });
});

describe("readLine", () => {
  const read = (line: string) => {
    const { name, params, value } = readLine(line) ?? { name: "none", params: new Map(), value: "" };
    return [name, Object.fromEntries(params), value];
  };

  it("takes a line apart", () => {
    expect(read('attendee;cn="Berg, Malin";ROLE=CHAIR:mailto:m@x.example')).toEqual([
      "ATTENDEE",
      { CN: "Berg, Malin", ROLE: "CHAIR" },
      "mailto:m@x.example",
    ]);
    expect(read("RRULE:FREQ=DAILY;COUNT=2")).toEqual(["RRULE", {}, "FREQ=DAILY;COUNT=2"]);
  });

  it.each([
    ["undoes RFC 6868", "A;CN=The ^'Boss^' ^^ ^n:x", ["A", { CN: 'The "Boss" ^ \n' }, "x"]],
    ["keeps a colon in quotes", 'A;P="data:text/html,<b>":x:y', ["A", { P: "data:text/html,<b>" }, "x:y"]],
    [
      "keeps colons in a TZID without quotes",
      "DTSTART;TZID=(UTC-05:00) Eastern Time (US & Canada):20260302T090000",
      ["DTSTART", { TZID: "(UTC-05:00) Eastern Time (US & Canada)" }, "20260302T090000"],
    ],
    [
      "keeps a semicolon in a TZID without quotes",
      "DTSTART;TZID=Pacific Time (US & Canada); Tijuana:20260302T090000",
      ["DTSTART", { TZID: "Pacific Time (US & Canada); Tijuana" }, "20260302T090000"],
    ],
    ["survives an open quote", 'A;P="x:y', ["A", { P: '"x' }, "y"]],
    ["takes the last of two parameters, as ical.js does", "A;P=1;P=2:x", ["A", { P: "2" }, "x"]],
    [
      "finds the value after lists of addresses in quotes",
      'A;MEMBER="mailto:a@b","mailto:c@d","mailto:e@f","mailto:g@h","mailto:i@j";CN=x:mailto:k@l',
      ["A", { MEMBER: "mailto:a@b,mailto:c@d,mailto:e@f,mailto:g@h,mailto:i@j", CN: "x" }, "mailto:k@l"],
    ],
    ["gives back VALUE, which ical.js takes for the type", "A;VALUE=date;P=1:x", ["A", { P: "1", VALUE: "DATE" }, "x"]],
    ["passes over a parameter without a value", "A;P:x;y", ["A", {}, "x;y"]],
  ])("%s", (_, line, expected) => {
    expect(read(line)).toEqual(expected);
  });

  it.each(["no colon at all", ": no name", "A;P=1", "Hello, world: text", ""])("refuses %j", (line) => {
    expect(readLine(line)).toBeUndefined();
  });

  it("stays linear on a line full of parameters", () => {
    const started = performance.now();
    readLine(`DTSTART${";a=b".repeat(500_000)}`);
    readLine(`DTSTART${';a="'.repeat(200_001)}`);
    expect(performance.now() - started).toBeLessThan(8_000);
  });
});

it("knows the name of a line before reading it", () => {
  expect([lineName("dtStart;X=1:2"), lineName("X-WR-CALNAME:a"), lineName("and so on: more"), lineName("")]).toEqual([
    "DTSTART",
    "X-WR-CALNAME",
    "",
    "",
  ]);
});

it("unescapes text, each backslash once", () => {
  expect(plainText("a\\, b\\; c\\\\n \\n \\N \\: \\x")).toBe("a, b; c\\n \n \n : \\x");
});
