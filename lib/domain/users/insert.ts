import { randomUUID } from "node:crypto";
import type { Context } from "#lib/context.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { createCalendar } from "#lib/domain/calendars/insert.ts";
import { Failure } from "#lib/errors.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as groups from "#lib/sql/groups.ts";
import * as settings from "#lib/sql/settings.ts";
import * as users from "#lib/sql/users.ts";

export interface NewUser {
  readonly email: string;
  readonly displayName?: string | undefined;
  /** Zone of the primary calendar. */
  readonly timeZone?: string | undefined;
  readonly isAdmin?: boolean | undefined;
}

/** Makes a user together with their primary calendar, whose id is the address. Null when the address is a user's or a group's. */
export const createUser = async (db: Connection, user: NewUser, now: number) => {
  const email = user.email.toLowerCase();
  await users.lockAddress(db, email);
  if (await groups.find(db, email)) return null;
  const { displayName = null, isAdmin = false } = user;
  const made = await users.insert(db, { id: randomUUID(), email, displayName, isAdmin });
  if (!made) return null;
  const timeZone = user.timeZone ?? "UTC";
  const calendar = { id: email, isPrimary: true, summary: email, timeZone, details: {} };
  if (!(await createCalendar(db, calendar, made, now))) return null;
  await settings.put(db, made.id, { id: "timezone", value: timeZone, change: 1 });
  return made;
};

/** Adds a user, who may be an administrator too, for an administrator. Throws `duplicate` when the address is taken. */
export const insertUser = async (ctx: Context, user: NewUser): Promise<users.UserRow> =>
  ctx.db.inTransaction(async (db) => {
    const made = await createUser(db, user, ctx.now());
    if (!made)
      throw new Failure("duplicate", { location: "email", message: "A user or a group with this address exists already." });
    await recordChange(ctx, db, {
      calendarId: made.email,
      subject: made.id,
      object: { userId: made.id },
      before: { admin: false },
      after: { admin: made.is_admin },
    });
    return made;
  });
