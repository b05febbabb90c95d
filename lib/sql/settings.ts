import { type Connection, row, sql } from "./database.ts";

/** What a user has set. */
export interface SettingRow {
  readonly id: string;
  readonly value: string;
  /** The number of the user's change that set it. */
  readonly change: number;
}

/** All that a user has set: as many as there are settings, at most. */
export const list = (db: Connection, userId: string): Promise<readonly SettingRow[]> =>
  db.any(sql.type(row<SettingRow>())`select id, value, change from user_settings where user_id = ${userId}`);

/** Sets a value; `change` is the user's, taken under their lock. */
export const put = (db: Connection, userId: string, { id, value, change }: SettingRow): Promise<SettingRow> =>
  db.one(sql.type(row<SettingRow>())`
    insert into user_settings (user_id, id, value, change) values (${userId}, ${id}, ${value}, ${change})
    on conflict (user_id, id) do update set value = excluded.value, change = excluded.change
    returning id, value, change
  `);
