/**
 * An event as the rules see it: a single event, the master of a series, or one changed (or cancelled) instance of a series.
 * Words are Google Calendar's. Times are epoch milliseconds unless a name says otherwise.
 */

/** A whole day, `YYYY-MM-DD`. As an end it is exclusive. It belongs to no zone. */
export interface AllDayTime {
  readonly date: string;
}

/** A moment that was meant in a zone. */
export interface TimedTime {
  /** The moment itself, epoch milliseconds. */
  readonly instant: number;
  /** The wall clock as the client wrote it, encoded as if it were UTC (epoch milliseconds); it may lie in a DST gap. */
  readonly local: number;
  /** IANA zone name. */
  readonly zone: string;
}

export type EventTime = AllDayTime | TimedTime;

export type EventStatus = "confirmed" | "tentative" | "cancelled";

export interface Person {
  readonly email?: string;
  readonly displayName?: string;
  readonly id?: string;
}

export interface Attendee extends Person {
  readonly additionalGuests?: number;
  readonly comment?: string;
  readonly optional?: boolean;
  readonly organizer?: boolean;
  readonly resource?: boolean;
  readonly responseStatus?: "needsAction" | "declined" | "tentative" | "accepted";
}

export interface Reminders {
  readonly useDefault?: boolean;
  readonly overrides?: readonly { readonly method: "email" | "popup"; readonly minutes: number }[];
}

/** What an event says, under Google's field names, besides when it happens and how it is kept. Unknown to the rules: stored and returned. */
export interface EventDetails {
  readonly summary?: string;
  readonly description?: string;
  readonly location?: string;
  readonly colorId?: string;
  readonly transparency?: "opaque" | "transparent";
  readonly visibility?: "default" | "public" | "private" | "confidential";
  readonly eventType?: string;
  readonly organizer?: Person;
  readonly creator?: Person;
  readonly attendees?: readonly Attendee[];
  readonly reminders?: Reminders;
  readonly source?: { readonly title?: string; readonly url?: string };
  readonly extendedProperties?: {
    readonly private?: Readonly<Record<string, string>>;
    readonly shared?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What a writer says of an event; the rest (`id`, numbers, stamps) is the server's. */
export interface EventDraft {
  readonly iCalUID?: string;
  readonly status: EventStatus;
  readonly sequence?: number;
  readonly start: EventTime;
  readonly end: EventTime;
  /** `RRULE:`, `EXRULE:`, `RDATE:`, `EXDATE:` lines of RFC 5545; makes the event the master of a series. */
  readonly recurrence?: readonly string[];
  /** Which instance of its series this one replaces: where that one would have started. */
  readonly originalStart?: EventTime;
  readonly details: EventDetails;
}

export interface Event extends EventDraft {
  readonly calendarId: string;
  readonly id: string;
  readonly iCalUID: string;
  readonly sequence: number;
  /** The number of the change that wrote this version, ascending within the calendar. */
  readonly change: number;
  readonly created: number;
  readonly updated: number;
  /** The series' master, on an instance. */
  readonly recurringEventId?: string;
  /** On a guest's copy: the event it follows, on its organizer's calendar. */
  readonly copyOf?: { readonly calendarId: string; readonly eventId: string };
  /** What it says is hidden from this reader. */
  readonly isHidden?: true;
}

/** Whether a time is a whole day rather than a moment. */
export const isAllDay = (time: EventTime): time is AllDayTime => "date" in time;
