import type { SharedCalendar } from "./calendar.ts";

/** When and how a user wants to be reminded of events. */
export interface Reminder {
  readonly method: "email" | "popup";
  /** Before the start. */
  readonly minutes: number;
}

/** What a user says of a calendar in their list, under Google's names; all of it is theirs alone. */
export interface EntryData {
  readonly summaryOverride?: string;
  /** One of the palette's; where there are colours beside it, they are meant. */
  readonly colorId?: string;
  /** `#rrggbb`, lower case, like the next; they come together. */
  readonly backgroundColor?: string;
  readonly foregroundColor?: string;
  readonly hidden?: boolean;
  readonly selected?: boolean;
  readonly defaultReminders?: readonly Reminder[];
  readonly notificationSettings?: { readonly notifications: readonly { readonly type: string; readonly method: string }[] };
}

/** A calendar in a user's list. */
export interface ListEntry {
  readonly calendarId: string;
  readonly data: EntryData;
  /** The number of the user's change that wrote it. */
  readonly change: number;
  /** As the user sees it; undefined: it was taken out of the list, is no more, or is no longer theirs to see. */
  readonly calendar?: SharedCalendar;
  /** It is the user's own primary calendar. */
  readonly isOwnPrimary: boolean;
}

/** What makes an entry look otherwise besides what the user says: the calendar's own fields, and what they may do with it. */
export const viewOf = ({ calendar }: ListEntry): string | undefined => calendar && `${calendar.ownChange}-${calendar.role}`;
