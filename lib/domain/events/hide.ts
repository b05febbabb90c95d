import { Failure } from "#lib/errors.ts";
import type { Role } from "#lib/model/calendar.ts";
import type { Event, EventDraft } from "#lib/model/event.ts";

/**
 * How much of a calendar's events a role shows: everything, everything but what private events say, or times alone. A private
 * event's holder of a lesser role sees that there is one, and when (acl resource, `role`).
 */
export type Sight = "all" | "public" | "times";

export const sightOf = (role: Role): Sight =>
  role === "owner" || role === "writer" ? "all" : role === "freeBusyReader" ? "times" : "public";

/** Whether only those who may see everything are shown what an event says. */
export const isPrivate = ({ details: { visibility } }: Pick<Event, "details">): boolean =>
  visibility === "private" || visibility === "confidential";

/** Who looks: what they are on the calendar, and who they are. */
export interface Onlooker {
  readonly role: Role;
  readonly email: string;
}

const isCreator = ({ details: { creator } }: Event, email: string): boolean => creator?.email === email;

/**
 * An event as somebody sees it: of one whose details are hidden from them its times, and whether it takes up time. Where it came
 * from (`source`) only its creator sees.
 */
export const asSeenBy = ({ role, email }: Onlooker, event: Event): Event => {
  const sight = sightOf(role);
  if (sight === "all" || (sight === "public" && !isPrivate(event))) {
    if (event.details.source === undefined || isCreator(event, email)) return event;
    const { source, ...details } = event.details;
    return { ...event, details };
  }
  const { transparency, eventType } = event.details;
  return {
    ...event,
    isHidden: true,
    details: { visibility: "private", ...(transparency && { transparency }), ...(eventType && { eventType }) },
  };
};

/** A write with the `source` that the event has, unless its creator writes: who does not see it does not change it. */
export const withOwnSource = (email: string, current: Event, draft: EventDraft): EventDraft => {
  if (isCreator(current, email)) return draft;
  const { source: _, ...details } = draft.details;
  const { source } = current.details;
  return { ...draft, details: { ...details, ...(source && { source }) } };
};

/** Refuses to let somebody write what they may not see. Throws `forbidden`. */
export const requireSight = (role: Role, event: Event): void => {
  if (sightOf(role) !== "all" && isPrivate(event)) {
    throw new Failure("forbidden", { message: "The event is private: it can be changed by those who may see it." });
  }
};
