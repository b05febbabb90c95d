import { type Connection, row, sql } from "./database.ts";

export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly display_name: string | null;
  readonly is_admin: boolean;
  readonly created_at: number;
}

/** Adds a user; null when the address is taken. */
export const insert = (
  db: Connection,
  user: { readonly id: string; readonly email: string; readonly displayName: string | null; readonly isAdmin: boolean },
): Promise<UserRow | null> =>
  db.maybeOne(sql.type(row<UserRow>())`
    insert into users (id, email, display_name, is_admin)
    values (${user.id}, ${user.email}, ${user.displayName}, ${user.isAdmin})
    on conflict do nothing
    returning id, email, display_name, is_admin, created_at
  `);

/** A user; not one who is being erased, here and below. */
export const find = (db: Connection, id: string): Promise<UserRow | null> =>
  db.maybeOne(sql.type(row<UserRow>())`
    select id, email, display_name, is_admin, created_at from users where id = ${id} and erased_as is null
  `);

export const findByEmail = (db: Connection, email: string): Promise<UserRow | null> =>
  db.maybeOne(sql.type(row<UserRow>())`
    select id, email, display_name, is_admin, created_at from users where email = ${email} and erased_as is null
  `);

/** Whether there is an administrator. */
export const hasAdministrator = async (db: Connection): Promise<boolean> => {
  const { is_there: isThere } = await db.one(sql.type(row<{ is_there: boolean }>())`
    select exists (select from users where is_admin and erased_as is null) as is_there
  `);
  return isThere;
};

/** A page of users in the order of their addresses, after `afterEmail`. */
export const list = (db: Connection, afterEmail: string, limit: number): Promise<readonly UserRow[]> =>
  db.any(sql.type(row<UserRow>())`
    select id, email, display_name, is_admin, created_at from users
    where email > ${afterEmail} and erased_as is null order by email limit ${limit}
  `);

/** The number of the last change to a user's calendar list or settings, and the one up to which gone entries are not kept. */
export const findVersion = (db: Connection, id: string): Promise<{ readonly change: number; readonly purgedChange: number }> =>
  db.one(sql.type(row<{ change: number; purgedChange: number }>())`
    select coalesce(max(change), 0) as change, coalesce(max(purged_change), 0) as "purgedChange" from users where id = ${id}
  `);

/**
 * Takes a user's row lock and next change number: every write to a calendar list or to settings does this first, after the locks of
 * calendars if it needs any. Undefined when there is no such user.
 */
export const takeChange = async (db: Connection, id: string): Promise<number | undefined> => {
  const found = await db.maybeOne(sql.type(row<{ change: number }>())`
    update users set change = change + 1 where id = ${id} returning change
  `);
  return found?.change;
};

/** Takes the row locks of the users with these addresses, in the order of their ids; answers the ids. */
export const lockByEmails = async (db: Connection, emails: readonly string[]): Promise<readonly string[]> => {
  const rows = await db.any(sql.type(row<{ id: string }>())`
    select id from users where email = any(${sql.array([...emails], "text")}) order by id for no key update
  `);
  return rows.map(({ id }) => id);
};

/** Makes whoever wants to give this address to a user or a group wait until the transaction ends: nobody else may have it. */
export const lockAddress = async (db: Connection, email: string): Promise<void> => {
  await db.query(sql.type(row())`select pg_advisory_xact_lock(hashtextextended(${email}, 0))`);
};
