import { Failure } from "#lib/errors.ts";
import { type Event, type EventDetails, isAllDay } from "#lib/model/event.ts";
import { RecurrenceError } from "#lib/recurrence/error.ts";
import { type Bounds, compileSeries } from "#lib/recurrence/series.ts";
import type { PlacedEvent, Span } from "#lib/sql/events.ts";
import { dateOf } from "./days.ts";
import { keyOf } from "./instance-key.ts";
import { refusalOf, startOf } from "./series.ts";

const lastDay = Date.UTC(9999, 11, 31);

const spanOf = (event: Event, bounds: Bounds | undefined): Span => {
  const { start, end } = event;
  const lastEnd = bounds && (bounds.lastEnd === null || bounds.lastEnd > lastDay ? null : bounds.lastEnd);
  if (isAllDay(start) || isAllDay(end)) {
    return {
      startDate: bounds ? dateOf(bounds.first) : (start as { date: string }).date,
      endDate: lastEnd === undefined ? (end as { date: string }).date : lastEnd === null ? null : dateOf(lastEnd),
    };
  }
  return { startsAt: bounds?.first ?? start.instant, endsAt: lastEnd === undefined ? end.instant : lastEnd };
};

/** Text as the search compares it: without case, accents written in one way. */
export const searchable = (text: string): string => text.normalize("NFC").toLowerCase();

/** What a working location is called, which the search finds too (events.list, `q`). */
const labelsOf = ({ workingLocationProperties }: EventDetails): readonly unknown[] => {
  const { officeLocation: office, customLocation: custom } = (workingLocationProperties ?? {}) as Record<
    string,
    Record<string, unknown> | undefined
  >;
  return [office?.label, office?.buildingId, office?.deskId, custom?.label];
};

const wordsOf = ({ details }: Event): string => {
  const people = [details.organizer, ...(details.attendees ?? [])];
  const texts = [
    details.summary,
    details.description,
    details.location,
    ...people.flatMap((one) => [one?.displayName, one?.email]),
    ...labelsOf(details),
  ];
  return searchable(texts.filter((text) => typeof text === "string").join("\n"));
};

/** Whether an event takes up time on its calendar: it says so, and the calendar's own attendee has not declined. */
const isBusy = ({ calendarId, details: { transparency, attendees } }: Event): boolean =>
  transparency !== "transparent" &&
  !attendees?.some(({ email, responseStatus }) => email === calendarId && responseStatus === "declined");

/** Where a series begins and ends; undefined for what is none. A rule that cannot be expanded is one `tolerance` decides about. */
const boundsOf = (event: Event, tolerance: "strict" | "tolerant"): Bounds | undefined => {
  if (!event.recurrence?.length) return undefined;
  try {
    const { bounds } = compileSeries(startOf(event), event.recurrence);
    if (bounds || tolerance === "tolerant") return bounds;
  } catch (error) {
    if (!(error instanceof RecurrenceError)) throw error;
    if (tolerance === "tolerant") return undefined;
    throw refusalOf(error);
  }
  throw new Failure("invalid", {
    location: "recurrence",
    message: "Invalid recurrence rule: its exceptions leave no instance.",
  });
};

/**
 * Works out where the database will find an event. A rule that cannot be expanded throws `invalid` at `recurrence`, or, when
 * `tolerant` (imports keep what they are given), makes the event stand alone.
 */
export const place = (event: Event, tolerance: "strict" | "tolerant" = "strict"): PlacedEvent => {
  const bounds = boundsOf(event, tolerance);
  return {
    event,
    recurring: bounds !== undefined,
    span: spanOf(event, bounds),
    originalKey: event.recurringEventId !== undefined && event.originalStart ? keyOf(event.originalStart) : null,
    words: wordsOf(event),
    busy: isBusy(event),
  };
};
