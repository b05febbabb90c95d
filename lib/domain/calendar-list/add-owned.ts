import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import * as calendarList from "#lib/sql/calendar-list.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as users from "#lib/sql/users.ts";

/** Makes sure that a calendar is in the list of its owner, inside the transaction that makes them the owner. */
export const addOwnedEntry = async (
  db: Connection,
  { calendarId, owner }: { readonly calendarId: string; readonly owner: { readonly id: string; readonly email: string } },
  now: number,
): Promise<void> => {
  const change = await users.takeChange(db, owner.id);
  const current = await calendarList.find(db, { userId: owner.id, email: owner.email }, calendarId);
  if (current?.calendar || change === undefined) return;
  await calendarList.put(db, { userId: owner.id, calendarId, data: { selected: true }, change }, now);
  await notifyWatchers(db, { kind: "calendarList", userId: owner.id });
};
