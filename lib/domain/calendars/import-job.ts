/** What an import works with: what it knows, what it is to write, and what it tells afterwards. */
import { isDeepStrictEqual } from "node:util";
import type { Context } from "#lib/context.ts";
import { place } from "#lib/domain/events/place.ts";
import type { SkippedComponent } from "#lib/ical/read-calendar.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import type { Event, EventDetails, EventDraft } from "#lib/model/event.ts";
import type { ChangedInstance, PlacedEvent } from "#lib/sql/events.ts";

/** What a calendar has under one UID. */
export interface Known {
  /** The single event or the master; it may be cancelled. */
  readonly main: Event | undefined;
  /** Its changed instances. */
  readonly instances: readonly ChangedInstance[];
  /** Invitations to single instances of a series that is not here. */
  readonly alone: readonly Event[];
}

/** What is to be written. */
export interface Batch {
  readonly placed: PlacedEvent[];
  /** By master, the keys of changed instances that are kept without being shown. */
  readonly displaced: Map<string, string[]>;
  /** Series that ran differently until now, as they were. */
  readonly retired: Event[];
  /** Masters that were cancelled and are there again. */
  readonly appeared: string[];
}

export const newBatch = (): Batch => ({ placed: [], displaced: new Map(), retired: [], appeared: [] });

export interface Note {
  readonly uid: string;
  readonly reason: string;
}

/** What became of the events of a file; a series and each of its changed instances count for themselves. */
export interface ImportReport {
  created: number;
  updated: number;
  unchanged: number;
  readonly skipped: SkippedComponent[];
  readonly notes: Note[];
}

export const newReport = (skipped: readonly SkippedComponent[]): ImportReport => ({
  ...{ created: 0, updated: 0, unchanged: 0, notes: [] },
  skipped: [...skipped],
});

/** Entries of a list of the report; the last one then says that there are more. */
const mostTold = 2_000;
const more = "There are more, which are not told.";

export interface Job {
  readonly ctx: Context;
  readonly calendar: Calendar;
  readonly batch: Batch;
  readonly report: ImportReport;
  /** Rules that cost too much use up the time of an import; from then on none is looked at. */
  readonly hasTimeForRules: boolean;
}

export const skip = ({ report: { skipped } }: Job, uid: string, reason: string): void => {
  if (skipped.length < mostTold) skipped.push({ uid, component: "VEVENT", reason });
  else if (skipped.length === mostTold) skipped.push({ component: "*", reason: more });
};

export const note = ({ report: { notes } }: Job, uid: string, reason: string): void => {
  if (notes.length < mostTold) notes.push({ uid, reason });
  else if (notes.length === mostTold) notes.push({ uid: "*", reason: more });
};

export const put = ({ batch }: Job, event: Event): void => {
  batch.placed.push(place(event, "tolerant"));
};

/** Details that iCalendar text can say: one that it does not say is gone. The others, as colours, stay. */
const said = ["summary", "description", "location", "transparency", "visibility", "attendees", "source"];

const mergeDetails = (current: EventDetails, draft: EventDetails): EventDetails => ({
  ...Object.fromEntries(Object.entries(current).filter(([name]) => !said.includes(name))),
  ...draft,
});

/** An event that is here, as a file says it should be. */
export const versionOf = ({ ctx, calendar }: Job, current: Event, draft: EventDraft): Event => {
  const { recurrence: _, ...rest } = current;
  const { status, start, end, recurrence, originalStart, sequence = current.sequence } = draft;
  return {
    ...rest,
    ...{ status, start, end, sequence, change: calendar.change, updated: ctx.now() },
    details: mergeDetails(current.details, draft.details),
    ...(recurrence && { recurrence }),
    ...(originalStart && { originalStart }),
  };
};

export const timesOf = ({ start, end, recurrence = [] }: Event): unknown => [start, end, recurrence];

export const isSame = (a: Event, b: Event): boolean =>
  a.status === b.status && isDeepStrictEqual([timesOf(a), a.originalStart, a.details], [timesOf(b), b.originalStart, b.details]);

/** How the file's version of an event stands to the calendar's; counts it, and says so if it is older. */
export const compare = (job: Job, current: Event, next: Event, what = "it"): "same" | "older" | "newer" => {
  const bothCancelled = current.status === "cancelled" && next.status === "cancelled";
  if (bothCancelled || (next.sequence <= current.sequence && isSame(current, next))) {
    job.report.unchanged += 1;
    return "same";
  }
  if (next.sequence < current.sequence) {
    const sequences = `its SEQUENCE is ${current.sequence}, the file's ${next.sequence}`;
    skip(job, current.iCalUID, `The calendar has a newer version of ${what}: ${sequences}.`);
    return "older";
  }
  job.report.updated += 1;
  return "newer";
};
