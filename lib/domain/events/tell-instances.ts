import type { Event } from "#lib/model/event.ts";
import type { Zone } from "#lib/model/zone.ts";
import { type Expandable, expandable, occurrencesIn, type Stretch } from "./expand.ts";
import { keyOfStart } from "./instance-key.ts";
import { instanceOf } from "./series.ts";

/** When an event was, before a change. */
export type Run = Pick<Event, "start" | "end" | "recurrence">;

/** One item of the news of an event. Places ascend, and two items never share one, so that a page can end anywhere. */
interface Told {
  readonly item: Event;
  readonly place: number;
}

const cancelled = (event: Event): Event => ({ ...event, status: "cancelled" });

/** Before the place of any instance: that of the event itself. */
const ownPlace = Number.MIN_SAFE_INTEGER;

/** The place of an instance: twice its start, one more where starts are days, so that a day and a moment never share one. */
const placeOf = (start: number, allDay: boolean): number => 2 * start + (allDay ? 1 : 0);

/**
 * Tells a client that keeps instances of an event that has changed: a single event as itself; a series as its instances, and as
 * cancelled those that only earlier runs had.
 *
 * @param own the event as this client sees it.
 */
export function* tellInstances(
  own: Event,
  event: Event,
  runs: readonly Run[],
  news: {
    readonly stretch: Stretch;
    readonly zone: Zone;
    /** The last place that has been told already. */
    readonly after: number | undefined;
    /** Whether the instance with this key has been changed on its own: it is told on its own. */
    readonly isOverridden: (key: string) => boolean;
  },
): Generator<Told> {
  const { stretch, zone, after = Number.NEGATIVE_INFINITY, isOverridden } = news;
  const now = expandable(event);
  if (after < ownPlace) {
    if (!now) yield { item: own, place: ownPlace };
    else if (runs.some(({ recurrence }) => !recurrence)) yield { item: cancelled(own), place: ownPlace };
  }

  const standing = now && event.status !== "cancelled" ? now : undefined;
  const gone = runs.flatMap((run) => expandable({ ...event, ...run, ...(!run.recurrence && { recurrence: [] }) }) ?? []);
  const versions = [...(standing ? [standing] : []), ...gone].map((version) => reader(version, stretch, after, zone));
  for (;;) {
    const place = Math.min(...versions.map((version) => version.place));
    if (place === Number.POSITIVE_INFINITY) return;
    // The first of those that have an instance there is the version that stands, if it has one.
    let item: Event | undefined;
    for (const version of versions) {
      if (version.place !== place) continue;
      item ??= version.one === standing ? version.instance() : cancelled(version.instance());
      version.advance();
    }
    if (item && !isOverridden(keyOfStart(Math.floor(place / 2), place % 2 !== 0))) yield { item, place };
  }
}

/** Reads a version's instances one by one, those after a place. */
const reader = (one: Expandable, stretch: Stretch, after: number, zone: Zone) => {
  // The first start that may come next; one that has been told already is passed over below.
  const startsFrom = Number.isFinite(after) ? Math.floor(after / 2) : undefined;
  const occurrences = occurrencesIn(one, { ...stretch, startsFrom }, zone);
  const head = {
    one,
    place: Number.NEGATIVE_INFINITY,
    instance: (): Event => one.master,
    advance(): void {
      do {
        const next = occurrences.next();
        if (next.done) {
          head.place = Number.POSITIVE_INFINITY;
          return;
        }
        const occurrence = next.value;
        head.place = placeOf(occurrence.start, one.allDay);
        head.instance = () => instanceOf(one.master, occurrence);
      } while (head.place <= after);
    },
  };
  head.advance();
  return head;
};
