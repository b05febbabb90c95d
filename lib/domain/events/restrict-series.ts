import type { Context } from "#lib/context.ts";
import type { Event, EventDraft } from "#lib/model/event.ts";
import * as events from "#lib/sql/events.ts";
import { isPrivate } from "./hide.ts";
import type { EventWrite } from "./write.ts";

/**
 * What the visibility of an instance means for its series: a more restrictive one is the whole series', a less restrictive one is not
 * taken (events resource, `visibility`).
 *
 * @returns the instance as it shall be.
 */
export const restrictSeries = async (ctx: Context, { db, calendar }: EventWrite, current: Event, draft: EventDraft) => {
  if (current.recurringEventId === undefined || isPrivate(current) === isPrivate(draft)) return draft;
  const { visibility, ...details } = draft.details;
  if (visibility && isPrivate(draft)) {
    const change = { visibility, change: calendar.change, now: ctx.now() };
    await events.setVisibility(db, calendar.id, current.recurringEventId, change);
    return draft;
  }
  const { visibility: kept } = current.details;
  return { ...draft, details: { ...details, ...(kept && { visibility: kept }) } };
};
