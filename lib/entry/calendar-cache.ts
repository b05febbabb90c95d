import type { CalendarCache, KnownCalendar } from "#lib/context.ts";

/** Some 2 MB at most; the one that was noted longest ago goes first. */
const mostCalendars = 10_000;

/**
 * Makes a process's memory of calendars, so that a write to one that it knows need not read it before it locks it.
 *
 * Nothing that is answered or written can be stale, for what is in here is only ever a guess. The statement that takes a calendar's
 * lock and its next change number says how the calendar is and what its caller may do; what had been made of another guess is made anew
 * of that, and nobody is refused on the word of a guess. So no process tells another one, nothing expires, and losing all of it costs a
 * statement for each write.
 */
export const createCalendarCache = (): CalendarCache => {
  const known = new Map<string, KnownCalendar>();
  const keyOf = (calendarId: string, userId: string) => `${userId} ${calendarId}`;
  return {
    find: (calendarId, userId) => known.get(keyOf(calendarId, userId)),
    note: (calendarId, userId, seen) => {
      const key = keyOf(calendarId, userId);
      known.delete(key);
      if (!seen || seen.role === null) return;
      known.set(key, { timeZone: seen.timeZone, role: seen.role });
      if (known.size > mostCalendars) known.delete(known.keys().next().value as string);
    },
  };
};
