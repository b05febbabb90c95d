import { randomUUID } from "node:crypto";
import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import * as calendars from "#lib/sql/calendars.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as users from "#lib/sql/users.ts";

export interface NewUser {
  readonly email: string;
  readonly displayName?: string | undefined;
  /** Zone of the primary calendar. */
  readonly timeZone?: string | undefined;
}

/** Makes a user together with their primary calendar, whose id is the address. Null when the address is taken. */
export const createUser = async (db: Connection, user: NewUser & { readonly isAdmin: boolean }, now: number) => {
  const email = user.email.toLowerCase();
  const made = await users.insert(db, { id: randomUUID(), email, displayName: user.displayName ?? null, isAdmin: user.isAdmin });
  if (!made) return null;
  const timeZone = user.timeZone ?? "UTC";
  const calendar = { id: email, ownerId: made.id, isPrimary: true, summary: email, timeZone, details: {} };
  if (!(await calendars.insert(db, calendar, now))) return null;
  return made;
};

/** Adds a user, for an administrator. Throws `duplicate` when the address is taken. */
export const insertUser = async (ctx: Context, user: NewUser): Promise<users.UserRow> =>
  ctx.db.inTransaction(async (db) => {
    const made = await createUser(db, { ...user, isAdmin: false }, ctx.now());
    if (!made) throw new Failure("duplicate", { location: "email", message: "A user with this address exists already." });
    return made;
  });
