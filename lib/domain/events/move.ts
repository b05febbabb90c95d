import type { Context } from "#lib/context.ts";
import { calendarIdOf, requireRole } from "#lib/domain/acl/require-role.ts";
import { guestsOf, letGuestsFollow } from "#lib/domain/invitations/follow.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar, SharedCalendar } from "#lib/model/calendar.ts";
import type { Event } from "#lib/model/event.ts";
import { count } from "#lib/observe/metrics.ts";
import * as copies from "#lib/sql/copies.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as events from "#lib/sql/events.ts";
import { getEventOrInstance } from "./find.ts";
import { asSeenBy, requireSight } from "./hide.ts";
import { organizerOf } from "./insert.ts";
import { place } from "./place.ts";
import { writeVersion } from "./revise.ts";
import { writeEvents } from "./write.ts";

const checkMovable = ({ status, recurringEventId, copyOf, details: { eventType = "default" } }: Event): void => {
  if (recurringEventId !== undefined) throw new Failure("cannotChangeOrganizerOfInstance");
  if (copyOf) throw new Failure("cannotChangeOrganizer");
  if (eventType !== "default") throw new Failure("eventTypeRestriction");
  if (status === "cancelled") throw new Failure("deleted");
};

/** Puts an event onto a calendar as its own, in the place of a copy or of a deleted event with that id. Throws `duplicate`. */
const settle = async (ctx: Context, db: Connection, destination: Calendar, event: Event): Promise<Event> => {
  const { copyOf: _, ...rest } = event;
  const details = { ...event.details, organizer: organizerOf(destination) };
  const moved: Event = { ...rest, calendarId: destination.id, change: destination.change, updated: ctx.now(), details };
  const there = await events.find(db, destination.id, event.id);
  const isItsCopy = there?.copyOf?.calendarId === event.calendarId && there.copyOf.eventId === event.id;
  if (there && there.status !== "cancelled" && !isItsCopy) {
    throw new Failure("duplicate", { message: "The destination has another event with this identifier." });
  }
  if (there?.recurrence && there.status !== "cancelled") await events.retireSeries(db, there, destination.change);
  await events.put(db, destination.id, [place(moved, "tolerant")]);
  return moved;
};

/**
 * Moves an event, a series with its changed instances, to another calendar, which becomes its organizer; on the one it leaves it is
 * cancelled, and guests' copies follow it. The caller must be able to write to both. Throws `notFound`,
 * `cannotChangeOrganizerOfInstance`, `cannotChangeOrganizer` for a guest's copy, `eventTypeRestriction`, `duplicate`, `deleted`.
 */
export const moveEvent = async (
  ctx: Context,
  move: { readonly calendarId: string; readonly eventId: string; readonly destination: string },
): Promise<{ readonly calendar: SharedCalendar; readonly event: Event }> => {
  const target = await requireRole(ctx, move.destination, "writerWithoutPrivateAccess");
  const isSame = target.id === calendarIdOf(ctx, move.calendarId);

  return writeEvents(
    ctx,
    move.calendarId,
    async (write) => {
      const { db, calendar } = write;
      const current = await getEventOrInstance(db, calendar.id, move.eventId);
      requireSight(calendar.role, current);
      checkMovable(current);
      if (isSame) return { calendar, event: asSeenBy({ role: calendar.role, email: ctx.caller.email }, current) };
      const destination = write.hold([target.id]).get(target.id);
      if (!destination) throw new Failure("notFound", { location: "destination" });

      const instances = current.recurrence ? await events.listInstances(db, calendar.id, [current.id]) : [];
      const guests = write.hold(guestsOf([current, ...instances.map(({ event }) => event)]));
      const guestIds = [...guests.keys()].filter((id) => id !== destination.id);
      await copies.relink(db, guestIds, current, destination.id);
      await writeVersion(ctx, db, calendar, current, { ...current, status: "cancelled" }, "tolerant");
      const event = await settle(ctx, db, destination, current);
      for (const { event: instance, displaced } of instances) {
        await settle(ctx, db, destination, displaced ? { ...instance, status: "cancelled" } : instance);
      }
      count("EventsWritten", {}, 2);
      await letGuestsFollow(
        ctx,
        { ...write, calendar: { ...destination, role: target.role } },
        { before: current, after: event },
      );
      const onlooker = { role: target.role, email: ctx.caller.email };
      return { calendar: { ...destination, role: target.role }, event: asSeenBy(onlooker, event) };
    },
    { reach: [target.id], object: ({ event }) => ({ eventId: event.id, destination: target.id }) },
  );
};
