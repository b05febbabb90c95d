import { type Connection, row, sql } from "./database.ts";

/** The smallest question there is. */
export const ping = async (db: Connection): Promise<void> => {
  await db.one(sql.type(row<{ ok: number }>())`select 1 as ok`);
};
