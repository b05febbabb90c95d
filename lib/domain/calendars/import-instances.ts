import { dayNumber } from "#lib/domain/events/days.ts";
import { newEvent } from "#lib/domain/events/insert.ts";
import { instanceId, keyOf } from "#lib/domain/events/instance-key.ts";
import { instanceOf, seriesOf } from "#lib/domain/events/series.ts";
import { type Event, type EventDraft, type EventTime, isAllDay } from "#lib/model/event.ts";
import type { Occurrence } from "#lib/recurrence/series.ts";
import type { ChangedInstance } from "#lib/sql/events.ts";
import { compare, isSame, type Job, note, put, versionOf } from "./import-job.ts";

const startNumber = (time: EventTime): number => (isAllDay(time) ? dayNumber(time.date) : time.instant);

/** Keeps a changed instance as it is, or is being put, without showing it, for as long as its series has no place for it. */
const hide = ({ batch }: Job, master: Event, key: string): void => {
  const keys = batch.displaced.get(master.id);
  if (keys) keys.push(key);
  else batch.displaced.set(master.id, [key]);
};

/** Brings one changed instance up to date that the file has. */
const importInstance = (
  job: Job,
  master: Event,
  { key, originalStart, draft, known, hasPlace }: {
    readonly key: string;
    readonly originalStart: EventTime;
    readonly draft: EventDraft;
    readonly known: ChangedInstance | undefined;
    readonly hasPlace: boolean;
  },
): void => {
  const { ctx, calendar, report } = job;
  const isHidden = !hasPlace && draft.status !== "cancelled";
  if (isHidden) note(job, master.iCalUID, `Its changed instance ${key} is kept but not shown: the series has none then.`);
  if (known) {
    const next = versionOf(job, known.event, draft);
    const found = compare(job, known.event, next, `its instance ${key}`);
    const standsOtherwise = draft.status !== "cancelled" && known.displaced === hasPlace;
    if (found === "newer" || (found === "same" && standsOtherwise)) put(job, found === "newer" ? next : { ...known.event, change: calendar.change, updated: ctx.now() });
    else if(!standsOtherwise) return;
  } else if (hasPlace || isHidden) {
    const event = newEvent(ctx, calendar, draft, instanceId(master, key));
    put(job, { ...event, iCalUID: master.iCalUID, recurringEventId: master.id, originalStart });
    report.created += 1;
  } else {
    // To cancel what is not there is done already.
    report.unchanged += 1;
  }
  if (isHidden) hide(job, master, key);
};
