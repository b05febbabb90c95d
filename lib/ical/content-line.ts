/**
 * The lowest layer of iCalendar: text to unfolded lines, and a line to name, parameters and value (RFC 5545, 3.1 and 3.2). It forgives
 * what real files get wrong, runs in one pass over the text and never throws.
 */

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

const noParams: ReadonlyMap<string, string> = new Map();

/** Takes a line apart; undefined if it has no value. */
export const readLine = (line: string): ContentLine | undefined => {
  const name = lineName(line);
  if (name === "") return undefined;
  if (line[name.length] === ":") return { name, params: noParams, value: line.slice(name.length + 1) };

  // Exchange writes `TZID=tzone://Microsoft/Custom:2026…` without quotes. What follows a TZID is a time and has no colon itself.
  const head = /^[^:"]*;TZID=[^"]/i.test(line) ? line.lastIndexOf(":") : -1;
  const params = new Map<string, string>();
  let at = name.length;
  let last = "";
  while (line[at] === ";") {
    const keyEnd = scan(line, at + 1, "=;:", head);
    const key = line.slice(at + 1, keyEnd);
    if (line[keyEnd] !== "=") {
      // No parameter, but the rest of an unquoted value with a semicolon: "Pacific Time (US & Canada); Tijuana".
      if (params.has(last)) params.set(last, `${params.get(last)};${key}`);
      at = keyEnd;
      continue;
    }
    at = keyEnd + 1;
    const close = line[at] === '"' ? line.indexOf('"', at + 1) : -1;
    const rest = close < 0 ? at : close + 1;
    const end = scan(line, rest, ";:", head);
    const value = (close < 0 ? "" : line.slice(at + 1, close)) + line.slice(rest, end);
    at = end;
    last = key.toUpperCase();
    if (!params.has(last)) params.set(last, decodeParam(value));
  }
  return line[at] === ":" ? { name, params, value: line.slice(at + 1) } : undefined;
};

/** The first place from `at` on with one of the stops, a colon counting only at `head` if that is known. */
const scan = (line: string, at: number, stops: string, head: number): number => {
  for (let i = at; i < line.length; i += 1) {
    const char = line.charAt(i);
    if (stops.includes(char) && (char !== ":" || head < 0 || i === head)) return i;
  }
  return line.length;
};

const paramEscapes: Readonly<Record<string, string>> = { "^n": "\n", "^N": "\n", "^'": '"', "^^": "^" };

/** RFC 6868, 3.2. */
const decodeParam = (value: string): string =>
  value.includes("^") ? value.replace(/\^[nN'^]/g, (pair) => paramEscapes[pair] ?? pair) : value;

/** A TEXT value in plain (RFC 5545, 3.3.11); `\:` and `\"` are wrong but written by some. */
export const plainText = (value: string): string => {
  const plain = value.includes("\\") ? value.replace(/\\([\\;,:"nN])/g, (_, char) => (/n/i.test(char) ? "\n" : char)) : value;
  return plain.isWellFormed() ? plain : plain.toWellFormed();
};
