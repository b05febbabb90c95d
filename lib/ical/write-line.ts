/** One property as the text of an iCalendar line (RFC 5545, 3.1 to 3.3; RFC 6868): ical.js escapes and quotes, we fold. */
import ICAL from "ical.js";

/** Octets of a line without its end (RFC 5545, 3.1). */
const longest = 75;

/** How ical.js writes every value, whatever the property: as it stands, or as TEXT. Without types it adds no VALUE of its own. */
const asItStands = { property: {}, value: {}, param: {}, propertyGroups: false };
const asText = { ...asItStands, value: { unknown: ICAL.design.icalendar.value.text } };

/** A line whose value stands as it is: times, rules, numbers, addresses. Ends in CRLF. */
export const writeLine = (name: string, value: string, params: Readonly<Record<string, string | undefined>> = {}): string => {
  const said: Record<string, string> = {};
  for (const [param, text] of Object.entries(params)) if (text !== undefined) said[param] = withoutControls(text);
  return fold(ICAL.stringify.property([name, said, "unknown", onOneLine(value)], asItStands, true));
};

/** A line that is one already, as those of a recurrence are. */
export const writeRaw = (line: string): string => fold(onOneLine(line));

/** A line with a TEXT value (RFC 5545, 3.3.11). */
export const writeText = (name: string, text: string): string =>
  fold(ICAL.stringify.property([name, {}, "unknown", withoutControls(text)], asText, true));

const onOneLine = (text: string): string => withoutControls(text).replaceAll("\n", " ");

/**
 * A lone CR, which ical.js writes as it is, would end the line for some readers and let a text write lines of its own; other control
 * characters are not allowed.
 */
const withoutControls = (text: string): string =>
  text
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\t\n]/gu, "")
    .toWellFormed();

/** Breaks a line between characters, each piece at most 75 octets with its leading space, which ical.js does not count. */
const fold = (line: string): string => {
  if (line.length <= longest / 3 || Buffer.byteLength(line) <= longest) return `${line}\r\n`;
  let folded = "";
  let from = 0;
  let octets = 0;
  let at = 0;
  while (at < line.length) {
    const code = line.codePointAt(at) ?? 0;
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (octets + size > longest) {
      folded += `${line.slice(from, at)}\r\n `;
      from = at;
      octets = 1;
    }
    octets += size;
    at += code < 0x10000 ? 1 : 2;
  }
  return `${folded}${line.slice(from)}\r\n`;
};
