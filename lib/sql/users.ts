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

export const find = (db: Connection, id: string): Promise<UserRow | null> =>
  db.maybeOne(sql.type(row<UserRow>())`
    select id, email, display_name, is_admin, created_at from users where id = ${id}
  `);

export const findByEmail = (db: Connection, email: string): Promise<UserRow | null> =>
  db.maybeOne(sql.type(row<UserRow>())`
    select id, email, display_name, is_admin, created_at from users where email = ${email}
  `);

/** A page of users in the order of their addresses, after `afterEmail`. */
export const list = (db: Connection, afterEmail: string, limit: number): Promise<readonly UserRow[]> =>
  db.any(sql.type(row<UserRow>())`
    select id, email, display_name, is_admin, created_at from users
    where email > ${afterEmail} order by email limit ${limit}
  `);
