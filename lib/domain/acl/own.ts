import type { Calendar } from "#lib/model/calendar.ts";
import * as acl from "#lib/sql/acl.ts";
import type { Connection } from "#lib/sql/database.ts";

/** Writes the rule that a calendar's owner always has, inside the transaction that makes them its owner. */
export const writeOwnersRule = async (
  db: Connection,
  calendar: Pick<Calendar, "id" | "change">,
  ownerEmail: string,
  now: number,
): Promise<void> => {
  await acl.put(db, calendar.id, { scope: { type: "user", value: ownerEmail }, role: "owner", change: calendar.change }, now);
};
