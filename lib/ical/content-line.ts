/**
 * The lowest layer of iCalendar: text to unfolded lines, and a line to name, parameters and value (RFC 5545, 3.1 and 3.2). It forgives
 * what real files get wrong, runs in one pass over the text and never throws; ical.js then reads each line that is of use.
 */
import ICAL from "ical.js";

export interface ContentLine {
  /** In upper case. */
  readonly name: string;
  /** By their names in upper case; quotes taken off, RFC 6868 undone. */
  readonly params: ReadonlyMap<string, string>;
  /** As written, still escaped. */
  readonly value: string;
}

const space = 0x20;
const tab = 0x09;
const carriageReturn = 0x0d;
const byteOrderMark = 0xfeff;

/**
 * The lines of a text, unfolded (RFC 5545, 3.1). Takes CRLF, LF and CR for the end of a line, and passes over blank lines, NULs and
 * byte order marks wherever they stand.
 */
export function* contentLines(text: string): Generator<string> {
  let clean = text.includes("\0") ? text.replaceAll("\0", "") : text;
  if (/\r(?!\n)/.test(clean)) clean = clean.replace(/\r\n?/g, "\n");

  let line: string | undefined;
  let folded: string[] = [];
  for (let at = 0; at < clean.length; ) {
    let next = clean.indexOf("\n", at);
    if (next < 0) next = clean.length;
    const end = clean.charCodeAt(next - 1) === carriageReturn ? next - 1 : next;
    if (clean.charCodeAt(at) === byteOrderMark) at += 1;

    if (end > at) {
      const first = clean.charCodeAt(at);
      if ((first === space || first === tab) && line !== undefined) {
        folded.push(clean.slice(at + 1, end));
      } else {
        if (line !== undefined) yield folded.length > 0 ? line + folded.join("") : line;
        line = clean.slice(at, end);
        if (folded.length > 0) folded = [];
      }
    }
    at = next + 1;
  }
  if (line !== undefined) yield folded.length > 0 ? line + folded.join("") : line;
}

/** The name of a line in upper case; empty if the line has none, as a piece of text that lost its fold. */
export const lineName = (line: string): string => {
  let end = 0;
  while (isNameCode(line.charCodeAt(end))) end += 1;
  const after = line[end];
  return after === ":" || after === ";" ? line.slice(0, end).toUpperCase() : "";
};

const isNameCode = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39) || code === 0x2d;

/** What ical.js knows of iCalendar without the types of values: it takes a line apart and leaves the value as written. */
const untyped = { property: {}, value: {}, param: ICAL.design.icalendar.param, propertyGroups: false };

const noParams: ReadonlyMap<string, string> = new Map();

/** Takes a line apart, through ical.js; undefined if it has no value, or parameters that cannot be read. */
export const readLine = (line: string): ContentLine | undefined => {
  const name = lineName(line);
  const head = name === "" ? undefined : headOf(line);
  if (!head) return undefined;
  // ical.js counts wrongly where the value begins after a parameter with many quoted values (ATTENDEE;MEMBER="…","…"): we know.
  const value = line.slice(head.length);
  if (head.length === name.length + 1) return { name, params: noParams, value };

  const params = new Map<string, string>();
  const property = parsed(head.text);
  if (!property) return undefined;
  const [, read, type] = property;
  for (const [key, said] of Object.entries(read)) params.set(key.toUpperCase(), typeof said === "string" ? said : said.join(","));
  // VALUE is no parameter for ical.js, but the type of the value.
  if (type !== "unknown") params.set("VALUE", type.toUpperCase());
  return { name, params, value };
};

type Property = readonly [
  name: string,
  params: Readonly<Record<string, string | readonly string[]>>,
  type: string,
  value: string,
];

const parsed = (line: string): Property | undefined => {
  try {
    return ICAL.parse.property(line, untyped);
  } catch {
    return undefined;
  }
};

/** A longer one no program writes, and ical.js searches all the rest of it anew for each of its parameters. */
const longestHead = 8_192;

/** Name and parameters as they should be, with the colon after them. */
const soundHead = /^[\w-]+(?:;[\w-]+=(?:"[^"]*"|[^";:])*)*:/;
const zoneWithoutQuotes = /^[^:"]*;TZID=[^"]/i;

/** Name and parameters of a line in a form that ical.js reads, and where they end in the line as it is. */
const headOf = (line: string): { readonly text: string; readonly length: number } | undefined => {
  const start = line.slice(0, longestHead);
  const sound = soundHead.exec(start)?.[0];
  const isZone = zoneWithoutQuotes.test(start);
  // Exchange writes `TZID=tzone://Microsoft/Custom:2026…` without quotes. What follows a TZID is a time and has no colon itself.
  const colon = isZone ? line.lastIndexOf(":") : start.indexOf(":");
  if (sound !== undefined && (!isZone || colon < sound.length)) return { text: sound, length: sound.length };
  return colon < 0 || colon >= longestHead ? undefined : { text: `${repaired(line.slice(0, colon))}:`, length: colon + 1 };
};

/** Puts quotes around every value: "Pacific Time (US & Canada); Tijuana" is one. Those that were there, as an open one, become text. */
const repaired = (head: string): string => {
  const [name = "", ...pieces] = head.replaceAll('"', "^'").split(";");
  const params: string[] = [];
  for (const piece of pieces) {
    const last = params.at(-1);
    if (/^[\w-]+=/.test(piece)) params.push(piece);
    else if (last !== undefined) params[params.length - 1] = `${last};${piece}`;
  }
  return [name, ...params.map((param) => `${param.replace("=", '="')}"`)].join(";");
};

/** A TEXT value in plain (RFC 5545, 3.3.11). Not ical.js's, which leaves `\:` and `\"`: they are wrong but written by some. */
export const plainText = (value: string): string => {
  const plain = value.includes("\\") ? value.replace(/\\([\\;,:"nN])/g, (_, char) => (/n/i.test(char) ? "\n" : char)) : value;
  return plain.isWellFormed() ? plain : plain.toWellFormed();
};
