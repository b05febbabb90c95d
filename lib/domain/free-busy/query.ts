import type { Context } from "#lib/context.ts";
import { reaches } from "#lib/domain/acl/require-role.ts";
import { day } from "#lib/domain/events/days.ts";
import { Failure } from "#lib/errors.ts";
import { namedCalendar } from "#lib/model/calendar.ts";
import * as freeBusy from "#lib/sql/free-busy.ts";
import { type Interval, readBusyTimes } from "./busy-times.ts";
import { expandGroups } from "./expand-groups.ts";

/** Calendars that one request may ask for, and members that its groups may have together: more than any team has. */
const mostCalendars = 10_000;

export interface FreeBusyQuery {
  readonly window: Interval;
  /** Ids of calendars and groups, as the client writes them. */
  readonly ids: readonly string[];
  /** A group with more members is not expanded. */
  readonly groupExpansionMax?: number | undefined;
  /** Calendars beyond so many are not read. */
  readonly calendarExpansionMax?: number | undefined;
}

/** Why there is no answer for a calendar or group, in Google's words (freebusy.query, errors). */
export type Problem = "notFound" | "tooManyCalendarsRequested" | "groupTooBig";

/** Answers by the ids that were asked for: groups as the ids of their members' calendars, which are among the calendars. */
export interface FreeBusy {
  readonly calendars: ReadonlyMap<string, readonly Interval[] | Problem>;
  readonly groups: ReadonlyMap<string, readonly string[] | Problem>;
}

/**
 * When calendars are busy, for whoever has at least the role `freeBusyReader` on them; a calendar that is not there, or not theirs
 * to know of, is an error of its own. Events are busy as Google's are: confirmed or tentative, not transparent, not declined by the
 * calendar's owner; whole days are days of the calendar's zone. Throws `timeRangeEmpty`, `timeRangeTooLong`.
 */
export const queryFreeBusy = async (
  ctx: Context,
  { window, ids, groupExpansionMax, calendarExpansionMax }: FreeBusyQuery,
): Promise<FreeBusy> => {
  const { freeBusyMaxDays, freeBusyMaxCalendars } = ctx.settings;
  if (window.end <= window.start) throw new Failure("timeRangeEmpty", { location: "timeMax" });
  if (window.end - window.start > freeBusyMaxDays * day) throw new Failure("timeRangeTooLong");

  const asked = new Map(ids.map((id) => [id, namedCalendar(ctx.caller.email, id)]));
  const findZones = (calendarIds: readonly string[]) =>
    freeBusy.findZones(
      ctx.db,
      [...new Set(calendarIds)].filter((id) => reaches(ctx, id)),
      ctx.caller,
    );
  const zones = new Map(await findZones([...asked.values()]));
  const others = [...asked].filter(([, calendarId]) => !zones.has(calendarId));
  const groups = await expandGroups(ctx, others, Math.min(groupExpansionMax ?? mostCalendars, mostCalendars));

  const wanted = new Map<string, string>();
  for (const [id, calendarId] of asked) {
    const members = groups.get(id);
    if (members === undefined) wanted.set(id, calendarId);
    else if (Array.isArray(members)) for (const member of members) wanted.set(member, member);
  }
  const members = [...wanted.values()].filter((calendarId) => !zones.has(calendarId));
  if (groups.size > 0) for (const [id, zone] of await findZones(members)) zones.set(id, zone);

  const limit = Math.min(calendarExpansionMax ?? mostCalendars, freeBusyMaxCalendars, mostCalendars);
  const read = new Map<string, string>();
  for (const calendarId of [...wanted.values()].slice(0, limit)) {
    const zone = zones.get(calendarId);
    if (zone !== undefined) read.set(calendarId, zone);
  }
  const busy = await readBusyTimes(ctx, read, window);
  const calendars = [...wanted].map(([id, calendarId], index): [string, readonly Interval[] | Problem] => [
    id,
    index < limit ? (busy.get(calendarId) ?? "notFound") : "tooManyCalendarsRequested",
  ]);
  return { calendars: new Map(calendars), groups };
};
