import type { Reminders } from "./event.ts";

/** A calendar: who owns it, what it is called, where its days begin. */
export interface Calendar {
  readonly id: string;
  readonly ownerId: string;
  /** The owner's address. */
  readonly ownerEmail: string;
  /** The owner's own calendar, made with the user; its id is the owner's e-mail address. */
  readonly isPrimary: boolean;
  readonly summary: string;
  readonly description?: string;
  readonly location?: string;
  /** IANA zone name. */
  readonly timeZone: string;
  /** What else the client wrote, under Google's names. */
  readonly details: Readonly<Record<string, unknown>>;
  /** The number of the last change to anything in the calendar. */
  readonly change: number;
  /** The number of the last change to the calendar itself. */
  readonly ownChange: number;
  /** Deleted events that changed up to here are no longer kept. */
  readonly purgedChange: number;
  /** Of events deleted before this time, epoch milliseconds, some are no longer kept. */
  readonly purgedUntil?: number;
  /** When anything in the calendar changed last, epoch milliseconds. */
  readonly updated: number;
}

/** The id a client means: `primary` is their own calendar, whose id is their address; ids are lower case. */
export const namedCalendar = (email: string, calendarId: string): string =>
  calendarId === "primary" ? email : calendarId.toLowerCase();

/** What a writer says of a calendar. */
export interface CalendarDraft {
  readonly summary: string;
  readonly description?: string;
  readonly location?: string;
  readonly timeZone: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What a caller may do with a calendar, weakest first. */
export const roles = ["freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner"] as const;
export type Role = (typeof roles)[number];

/** Whether a role allows all that another one does. */
export const isAtLeast = (role: Role, wanted: Role): boolean => roles.indexOf(role) >= roles.indexOf(wanted);

/** A calendar as somebody who has a role on it sees it. */
export interface SharedCalendar extends Calendar {
  readonly role: Role;
  /** The reminders they have said for all its events; known where the calendar was only read. */
  readonly defaultReminders?: Reminders["overrides"];
}
