import { Failure } from "#lib/errors.ts";
import type { Role } from "#lib/model/calendar.ts";
import type { Event } from "#lib/model/event.ts";

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

/** An event as a role shows it: of one whose details are hidden, its times and whether it takes up time. */
export const asSeenBy = (role: Role, event: Event): Event => {
  const sight = sightOf(role);
  if (sight === "all" || (sight === "public" && !isPrivate(event))) return event;
  const { transparency, eventType } = event.details;
  return {
    ...event,
    isHidden: true,
    details: { visibility: "private", ...(transparency && { transparency }), ...(eventType && { eventType }) },
  };
};

/** Refuses to let somebody write what they may not see. Throws `forbidden`. */
export const requireSight = (role: Role, event: Event): void => {
  if (sightOf(role) !== "all" && isPrivate(event)) {
    throw new Failure("forbidden", { message: "The event is private: it can be changed by those who may see it." });
  }
};
