/** One property as the text of an iCalendar line: escaped, quoted, folded (RFC 5545, 3.1 to 3.3; RFC 6868). */

/** Octets of a line without its end (RFC 5545, 3.1). */
const longest = 75;

/** A line whose value stands as it is: times, rules, numbers, addresses. Ends in CRLF. */
export const writeLine = (name: string, value: string, params: Readonly<Record<string, string | undefined>> = {}): string => {
  let line = name;
  for (const [param, said] of Object.entries(params)) if (said !== undefined) line += `;${param}=${writeParam(said)}`;
  return fold(`${line}:${withoutControls(value).replaceAll("\n", " ")}`);
};

/** A line that is one already, as those of a recurrence are. */
export const writeRaw = (line: string): string => fold(withoutControls(line).replaceAll("\n", " "));

/** A line with a TEXT value (RFC 5545, 3.3.11). */
export const writeText = (name: string, text: string): string =>
  fold(`${name}:${withoutControls(text).replace(/[\\;,\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`))}`);

/** RFC 6868 for what no parameter may hold, quotes for what would end it. */
const writeParam = (value: string): string => {
  const safe = withoutControls(value).replace(/[\^"\n]/g, (char) => (char === "^" ? "^^" : char === '"' ? "^'" : "^n"));
  return /[;:,]/.test(safe) ? `"${safe}"` : safe;
};

/** A lone CR would end the line for some readers and let a text write lines of its own; other control characters are not allowed. */
const withoutControls = (text: string): string =>
  text
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\t\n]/gu, "")
    .toWellFormed();

/** Breaks a line between characters, never inside of one, each piece with its leading space at most 75 octets. */
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
