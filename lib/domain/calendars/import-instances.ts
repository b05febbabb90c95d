import { dayNumber } from "#lib/domain/events/days.ts";
import { newEvent } from "#lib/domain/events/insert.ts";
import { instanceId, keyOf } from "#lib/domain/events/instance-key.ts";
import { instanceOf, seriesOf } from "#lib/domain/events/series.ts";
import { type Event, type EventDraft, type EventTime, isAllDay } from "#lib/model/event.ts";
import type { Occurrence } from "#lib/recurrence/series.ts";
import type { ChangedInstance } from "#lib/sql/events.ts";
import { compare, isSame, type Job, note, put, versionOf } from "./import-job.ts";

const startNumber = (time: EventTime): number => (isAllDay(time) ? dayNumber(time.date) : time.instant);

/** Where a series runs; nowhere, if it is cancelled or cannot be worked out. */
const placesOf = (master: Event): ((start: EventTime) => Occurrence | undefined) => {
  const series = master.status === "cancelled" ? undefined : seriesOf(master);
  return (start) => (isAllDay(start) === isAllDay(master.start) ? series?.at(startNumber(start)) : undefined);
};

/** An instance of a series, and what is known of it. */
interface Instance {
  readonly master: Event;
  readonly key: string;
  readonly originalStart: EventTime;
  readonly occurrence: Occurrence | undefined;
  readonly known: ChangedInstance | undefined;
}

/** Writes a changed instance. One that its series has no place for is kept, but not shown for as long as that is so. */
const putInstance = (job: Job, { master, key, occurrence }: Instance, event: Event): void => {
  put(job, event);
  if (occurrence || event.status === "cancelled") return;
  const keys = job.batch.displaced.get(master.id);
  if (keys) keys.push(key);
  else job.batch.displaced.set(master.id, [key]);
};

/** Brings an instance up to date that the file changes. */
const changeInstance = (job: Job, instance: Instance, draft: EventDraft): void => {
  const { ctx, calendar, report } = job;
  const { master, key, originalStart, occurrence, known } = instance;
  const isCancelled = draft.status === "cancelled";
  if (!occurrence && !isCancelled) {
    note(job, master.iCalUID, `Its changed instance ${key} is kept but not shown: the series has none then.`);
  }
  if (!known) {
    if (!occurrence && isCancelled) {
      // It is not there already.
      report.unchanged += 1;
      return;
    }
    const event = newEvent(ctx, calendar, draft, instanceId(master.id, key));
    putInstance(job, instance, { ...event, iCalUID: master.iCalUID, recurringEventId: master.id, originalStart });
    report.created += 1;
    return;
  }
  const next = versionOf(job, known.event, { ...draft, originalStart });
  if (compare(job, known.event, next, `its instance ${key}`) === "newer") {
    putInstance(job, instance, next);
  } else if (known.event.status !== "cancelled" && known.displaced === (occurrence !== undefined)) {
    // It is as it was, but its series came back to it or left it.
    putInstance(job, instance, { ...known.event, change: calendar.change, updated: ctx.now() });
  }
};

/** Lets an instance run as its series does, which the calendar has changed and the file does not. */
const revertInstance = (job: Job, instance: Instance, { event, displaced }: ChangedInstance): void => {
  const { ctx, calendar, report } = job;
  const { master, occurrence } = instance;
  const stamps = { change: calendar.change, updated: ctx.now() };
  if (!occurrence) {
    if (displaced || event.status === "cancelled") return;
    putInstance(job, instance, { ...event, ...stamps });
  } else {
    const own: Event = { ...instanceOf(master, occurrence), created: event.created, ...stamps };
    if (!displaced && isSame(event, own)) return;
    putInstance(job, instance, own);
  }
  report.updated += 1;
};

/**
 * Brings the changed instances of a series up to date.
 *
 * @param whole whether the file has the series itself: then instances that it does not name run as the series does again.
 */
export const importInstances = (
  job: Job,
  master: Event,
  overrides: readonly EventDraft[],
  instances: readonly ChangedInstance[],
  whole: boolean,
): void => {
  if (overrides.length + instances.length === 0) return;
  const placeAt = placesOf(master);
  const known = new Map(instances.map((one) => [keyOf(one.event.originalStart ?? one.event.start), one]));
  const named = new Set<string>();
  for (const { originalStart, ...draft } of overrides) {
    if (!originalStart) continue;
    const key = keyOf(originalStart);
    if (named.has(key)) continue;
    named.add(key);
    const instance = { master, key, originalStart, occurrence: placeAt(originalStart), known: known.get(key) };
    changeInstance(job, instance, draft);
  }
  for (const [key, one] of whole ? known : []) {
    if (named.has(key)) continue;
    const originalStart = one.event.originalStart ?? one.event.start;
    revertInstance(job, { master, key, originalStart, occurrence: placeAt(originalStart), known: one }, one);
  }
};
