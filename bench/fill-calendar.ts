/** Calendars with events for benches to read: 20 a week for as many weeks as there are events, every tenth a weekly series of five. */
import { newEvent } from "#lib/domain/events/insert.ts";
import { place } from "#lib/domain/events/place.ts";
import * as calendars from "#lib/sql/calendars.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as events from "#lib/sql/events.ts";
import * as users from "#lib/sql/users.ts";
import { post } from "./server.ts";

const hour = 3_600_000;
export const week = 7 * 24 * hour;
const perWeek = 20;
const perStatement = 2_000;

/** The week in the middle of what calendars are filled with: Monday 2 March 2026, UTC. */
export const middle = Date.UTC(2026, 2, 2);

const draftOf = (index: number, firstWeek: number) => {
  const instant = firstWeek + Math.floor(index / perWeek) * week + (index % perWeek) * 7 * hour;
  return {
    status: "confirmed" as const,
    start: { instant, local: instant, zone: "UTC" },
    end: { instant: instant + hour, local: instant + hour, zone: "UTC" },
    details: { summary: `Event ${index}`, description: "What we do next, and who does it." },
    ...(index % 10 === 0 && { recurrence: ["RRULE:FREQ=WEEKLY;COUNT=5"] }),
  };
};

/** Makes a calendar of the administrator's with so many events; answers its id. */
export const fillCalendar = async (serverUrl: string, db: Connection, count: number): Promise<string> => {
  const admin = await users.findByEmail(db, "admin@localhost");
  const caller = { userId: admin?.id ?? "", email: "admin@localhost", keyId: "", isAdmin: true };
  const { id } = await post(serverUrl, "/calendar/v3/calendars", { summary: `${count} events`, timeZone: "UTC" });
  const calendar = await calendars.find(db, id, caller);
  if (!calendar) throw new Error("The calendar is missing.");
  const ctx = { caller, now: Date.now } as Parameters<typeof newEvent>[0];
  const firstWeek = middle - Math.floor(count / perWeek / 2) * week;
  for (let from = 0; from < count; from += perStatement) {
    const indexes = Array.from({ length: Math.min(perStatement, count - from) }, (_, index) => from + index);
    await events.put(
      db,
      id,
      indexes.map((index) => place(newEvent(ctx, calendar, draftOf(index, firstWeek)))),
    );
  }
  return id;
};
