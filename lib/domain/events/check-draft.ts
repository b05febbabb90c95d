import { Failure } from "#lib/errors.ts";
import { type EventDraft, isAllDay } from "#lib/model/event.ts";

/** Refuses times that make no event: a date against a moment, or an end before the start. Both may be equal: a mark in time. */
export const checkTimes = ({ start, end }: Pick<EventDraft, "start" | "end">): void => {
  if (isAllDay(start) !== isAllDay(end)) {
    throw new Failure("invalid", {
      location: "end",
      message: "Invalid value for end: start and end must both be dates or both be times.",
    });
  }
  const empty = isAllDay(start)
    ? (end as { date: string }).date < start.date
    : (end as { instant: number }).instant < start.instant;
  if (empty) throw new Failure("timeRangeEmpty", { location: "end" });
};
