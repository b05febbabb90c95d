/** The tree of an iCalendar stream, one component at a time, so that a file of any size needs the memory of its largest event. */
import { type ContentLine, contentLines, lineName, readLine } from "./content-line.ts";

export interface Component {
  /** In upper case. */
  readonly name: string;
  /** The lines whose names were asked for, in their order. */
  readonly lines: readonly ContentLine[];
  /** What is nested directly in it and was asked for: alarms, the observances of a zone. */
  readonly parts: readonly Component[];
  /** Which VCALENDAR of the stream it stands in, from 0. */
  readonly calendar: number;
  /** False if the text ends in the middle of it. */
  readonly whole: boolean;
}

/** For each component that matters, the names of the lines that do. */
export type Wanted = Readonly<Record<string, ReadonlySet<string>>>;

interface Open {
  readonly name: string;
  readonly lines: ContentLine[];
  readonly parts: Component[];
  readonly wanted: ReadonlySet<string> | undefined;
}

/** What stands directly in a calendar (RFC 5545, 3.6; RFC 7953). None of them nests, so one begins where the last has lost its END. */
const topLevel: ReadonlySet<string> = new Set(["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"]);

/** Deeper than any component of a calendar. What is nested further is not looked at. */
const deepest = 16;

/**
 * The components of a stream in the order in which they end, each VCALENDAR after all it holds. A missing END is made up for, a stray
 * one ignored, and components outside of any VCALENDAR count as those of the one before.
 */
export function* components(text: string, wanted: Wanted): Generator<Component> {
  const open: Open[] = [];
  let calendar = -1;

  /** Closes the components from a depth on, the innermost first; only those at the top are handed out. */
  const close = (depth: number, whole: boolean): Component[] => {
    const closed: Component[] = [];
    while (open.length > depth) {
      const ending = open.pop();
      if (!ending) break;
      const component = { name: ending.name, lines: ending.lines, parts: ending.parts, calendar: Math.max(calendar, 0), whole };
      const around = open.at(-1);
      if (isTop(ending.name) || !around) closed.push(component);
      else if (ending.wanted) around.parts.push(component);
    }
    return closed;
  };

  for (const line of contentLines(text)) {
    const name = lineName(line);
    if (name === "BEGIN") {
      const begun = line.slice(6).trim().toUpperCase();
      if (begun === "VCALENDAR") {
        yield* close(0, true);
        calendar += 1;
      } else if (topLevel.has(begun)) {
        const sibling = open.findIndex((component) => component.name !== "VCALENDAR");
        if (sibling >= 0) yield* close(sibling, true);
      }
      if (open.length < deepest) open.push({ name: begun, lines: [], parts: [], wanted: wanted[begun] });
    } else if (name === "END") {
      const ended = line.slice(4).trim().toUpperCase();
      const depth = open.findLastIndex((component) => component.name === ended);
      if (depth >= 0) yield* close(depth, true);
    } else if (open.at(-1)?.wanted?.has(name)) {
      const read = readLine(line);
      if (read) open.at(-1)?.lines.push(read);
    }
  }
  yield* close(0, false);
}

const isTop = (name: string): boolean => name === "VCALENDAR" || topLevel.has(name);
