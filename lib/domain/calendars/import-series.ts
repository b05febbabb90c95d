/** What one UID of an iCalendar file means for a calendar: works out what is to be written and writes nothing. */
import { isDeepStrictEqual } from "node:util";
import { newEvent } from "#lib/domain/events/insert.ts";
import { keyOf } from "#lib/domain/events/instance-key.ts";
import { compile, seriesOf } from "#lib/domain/events/series.ts";
import { Failure } from "#lib/errors.ts";
import type { ReadSeries } from "#lib/ical/read-calendar.ts";
import type { Event, EventDraft } from "#lib/model/event.ts";
import { RecurrenceError } from "#lib/recurrence/error.ts";
import { importInstances } from "./import-instances.ts";
import { compare, type Job, type Known, note, put, skip, timesOf, versionOf } from "./import-job.ts";

const isCancelled = "It is cancelled, and the calendar does not have it.";

/** Tells whether a rule can be worked out, as a reason to leave its event out, to take it for cancelled, or to keep it alone. */
const problemOf = (
  job: Job,
  draft: EventDraft,
): { readonly of: "cost" | "instances" | "rule"; readonly reason: string } | undefined => {
  if (!draft.recurrence || draft.status === "cancelled") return undefined;
  if (!job.hasTimeForRules) return { of: "cost", reason: "The rules of the file take too long to work out." };
  try {
    return compile(draft).bounds ? undefined : { of: "instances", reason: "Its exceptions leave no instance." };
  } catch (error) {
    if (error instanceof Failure) return { of: "rule", reason: `It is kept as a single event. ${error.message}` };
    if (error instanceof RecurrenceError) return { of: "cost", reason: error.message };
    throw error;
  }
};

/** Brings the single event or master up to date; undefined when the file's version is not taken over. */
const importMain = (job: Job, uid: string, asRead: EventDraft, current: Event | undefined): Event | undefined => {
  const problem = problemOf(job, asRead);
  if (problem?.of === "rule") note(job, uid, problem.reason);
  if (problem?.of === "cost" || (problem?.of === "instances" && !current)) {
    skip(job, uid, problem.reason);
    return undefined;
  }
  const draft: EventDraft = problem?.of === "instances" ? { ...asRead, status: "cancelled" } : asRead;
  if (!current) {
    if (draft.status === "cancelled") {
      skip(job, uid, isCancelled);
      return undefined;
    }
    const event = newEvent(job.ctx, job.calendar, draft);
    put(job, event);
    job.report.created += 1;
    return event;
  }

  const next = versionOf(job, current, draft);
  const found = compare(job, current, next);
  if (found !== "newer") return found === "same" ? current : undefined;
  put(job, next);
  const wasStanding = current.status !== "cancelled";
  const isStanding = next.status !== "cancelled";
  const runsOtherwise = wasStanding !== isStanding || !isDeepStrictEqual(timesOf(current), timesOf(next));
  if (runsOtherwise && (seriesOf(current) || next.recurrence)) {
    // A deleted series was retired when it was deleted; a deleted single event may still be what a client has.
    if (wasStanding || !seriesOf(current)) job.batch.retired.push(current);
    if (!wasStanding) job.batch.appeared.push(next.id);
  }
  return next;
};

/** Takes over invitations to single instances of a series that nobody has sent: events of their own that know what they are of. */
const importAlone = (job: Job, uid: string, overrides: readonly EventDraft[], alone: readonly Event[]): void => {
  const byKey = new Map(alone.map((event) => [keyOf(event.originalStart ?? event.start), event]));
  for (const draft of overrides) {
    const current = draft.originalStart && byKey.get(keyOf(draft.originalStart));
    if (current) {
      const next = versionOf(job, current, draft);
      if (compare(job, current, next) === "newer") put(job, next);
    } else if (draft.status === "cancelled") {
      skip(job, uid, isCancelled);
    } else {
      put(job, newEvent(job.ctx, job.calendar, draft));
      job.report.created += 1;
    }
  }
};

/** Works out what is to be written for one UID; what became of it goes to the report. */
export const importSeries = (job: Job, { uid, main: draft, overrides, notes }: ReadSeries, known: Known): void => {
  for (const reason of notes) note(job, uid, reason);
  if (!draft) {
    const hasSeries = known.main?.recurrence && known.main.status !== "cancelled";
    if (known.main && hasSeries) importInstances(job, known.main, overrides, known.instances, false);
    else importAlone(job, uid, overrides, known.alone);
    return;
  }
  const main = importMain(job, uid, draft, known.main);
  if (!main) return;
  importInstances(job, main, overrides, known.instances, true);
  // The series that these were instances of is there now, and they with it.
  for (const event of known.alone) {
    if (event.status === "cancelled") continue;
    put(job, { ...event, status: "cancelled", change: job.calendar.change, updated: job.ctx.now() });
    job.report.updated += 1;
  }
};
