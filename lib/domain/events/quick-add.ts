import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import { type Event, type EventTime, isAllDay } from "#lib/model/event.ts";
import { dayNumber } from "./days.ts";
import { insertEvent } from "./insert.ts";
import { loadPhraseReader } from "./read-phrase.ts";
import { zoneNamed } from "./series.ts";

const earliest = Date.parse("0001-01-01T00:00:00Z");
const latest = Date.parse("9999-12-31T00:00:00Z");

const isOutside = (time: EventTime): boolean => {
  const at = isAllDay(time) ? dayNumber(time.date) : time.instant;
  return !(at >= earliest && at <= latest);
};

/**
 * Adds the event that a phrase describes, read in the calendar's zone. A phrase that names no time makes an event of an hour that
 * begins now, as Google's does. Throws `required` for a phrase without words, `invalid` for a time that the calendar cannot hold.
 */
export const quickAddEvent = async (
  ctx: Context,
  { calendarId, text }: { readonly calendarId: string; readonly text: string },
): Promise<{ readonly calendar: Calendar; readonly event: Event }> => {
  if (!text.trim()) throw new Failure("required", { location: "text", message: "Missing required field: text." });
  const readPhrase = await loadPhraseReader();
  return insertEvent(ctx, {
    calendarId,
    draftOf: ({ timeZone }) => {
      const { start, end, ...details } = readPhrase(text, ctx.now(), zoneNamed(timeZone));
      if (isOutside(start) || isOutside(end)) {
        throw new Failure("invalid", {
          location: "text",
          message: "Invalid value for text: it names a time outside of the years 1 to 9999.",
        });
      }
      return { status: "confirmed", start, end, details };
    },
  });
};
