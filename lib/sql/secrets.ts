import { type Connection, row, sql } from "./database.ts";

/** The secret of that name, made from `candidate` when there is none yet: whoever comes first decides for all. */
export const getOrKeep = async (db: Connection, name: string, candidate: Buffer): Promise<Buffer> => {
  await db.query(
    sql.type(row())`insert into secrets (name, value) values (${name}, ${sql.binary(candidate)}) on conflict do nothing`,
  );
  const { value } = await db.one(sql.type(row<{ value: Buffer }>())`select value from secrets where name = ${name}`);
  return value;
};
