import { type Connection, row, sql } from "./database.ts";

export interface GroupRow {
  /** Its address, lower case. */
  readonly email: string;
  readonly display_name: string | null;
  readonly created_at: number;
}

const columns = sql.fragment`email, display_name, created_at`;

/** Adds a group; null when the address is a group's already. */
export const insert = (
  db: Connection,
  group: { readonly email: string; readonly displayName: string | null },
): Promise<GroupRow | null> =>
  db.maybeOne(sql.type(row<GroupRow>())`
    insert into groups (email, display_name) values (${group.email}, ${group.displayName})
    on conflict do nothing returning ${columns}
  `);

export const find = (db: Connection, email: string): Promise<GroupRow | null> =>
  db.maybeOne(sql.type(row<GroupRow>())`select ${columns} from groups where email = ${email}`);

/** A page of groups in the order of their addresses. */
export const list = (db: Connection, afterEmail: string, limit: number): Promise<readonly GroupRow[]> =>
  db.any(sql.type(row<GroupRow>())`
    select ${columns} from groups where email > ${afterEmail} order by email limit ${limit}
  `);

/** Takes a group's row lock, so that nobody joins it; false when there is none. */
export const lock = async (db: Connection, email: string): Promise<boolean> =>
  (await db.maybeOne(sql.type(row())`select email from groups where email = ${email} for update`)) !== null;

/** Deletes a group with its memberships. */
export const remove = async (db: Connection, email: string): Promise<void> => {
  await db.query(sql.type(row())`delete from groups where email = ${email}`);
};

/** A page of a group's members in the order of their addresses. */
export const listMembers = async (
  db: Connection,
  groupEmail: string,
  afterEmail: string,
  limit: number,
): Promise<readonly string[]> => {
  const rows = await db.any(sql.type(row<{ email: string }>())`
    select email from group_members where group_email = ${groupEmail} and email > ${afterEmail} order by email limit ${limit}
  `);
  return rows.map(({ email }) => email);
};

/** Makes sure an address is a member of a group; false when there is no such group. */
export const putMember = async (db: Connection, groupEmail: string, email: string): Promise<boolean> => {
  const { rowCount } = await db.query(sql.type(row())`
    insert into group_members (group_email, email)
    select g.email, ${email} from groups g where g.email = ${groupEmail} for key share
    on conflict (group_email, email) do update set email = excluded.email
  `);
  return rowCount === 1;
};

/** Ends a membership; false when there is none. */
export const removeMember = async (db: Connection, groupEmail: string, email: string): Promise<boolean> => {
  const { rowCount } = await db.query(sql.type(row())`
    delete from group_members where group_email = ${groupEmail} and email = ${email}
  `);
  return rowCount === 1;
};

/** Takes the row locks of the users who are members, in the order of their ids; answers the ids. */
export const lockMembers = async (db: Connection, groupEmail: string): Promise<readonly string[]> => {
  const rows = await db.any(sql.type(row<{ id: string }>())`
    select id from users where email in (select m.email from group_members m where m.group_email = ${groupEmail})
    order by id for no key update
  `);
  return rows.map(({ id }) => id);
};
