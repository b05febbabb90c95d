/** The longest piece of a client's text that an error repeats. */
const longestQuote = 200;

/** A recurrence that cannot be read or would cost too much. The message is one sentence for the client; the rest says where. */
export class RecurrenceError extends Error {
  override readonly name = "RecurrenceError";
  /** What is wrong: a rule part (`BYMONTHDAY`), a property (`RDATE`), or `caps` for a limit of this server. */
  readonly part: string;
  /** The line at fault, cut to a bounded length; empty when no single line is at fault. */
  readonly line: string;

  constructor(part: string, line: string, message: string) {
    super(message);
    this.part = part.slice(0, longestQuote);
    this.line = quote(line);
  }
}

/** A client's text, short enough to repeat. */
export const quote = (text: string): string => (text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text);
