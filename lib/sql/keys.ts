import { type Connection, row, sql } from "./database.ts";

export interface KeyRow {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
}

export interface KeyOwnerRow {
  readonly key_id: string;
  readonly hash: Buffer;
  readonly user_id: string;
  readonly email: string;
  readonly is_admin: boolean;
}

/** The valid key with this hash, and whose it is. */
export const findOwner = (db: Connection, hash: Buffer): Promise<KeyOwnerRow | null> =>
  db.maybeOne(sql.type(row<KeyOwnerRow>())`
    select k.id as key_id, k.hash, u.id as user_id, u.email, u.is_admin
    from api_keys k join users u on u.id = k.user_id
    where k.hash = ${sql.binary(hash)} and k.revoked_at is null
  `);

/** Keeps a key's hash; null when that key exists already. */
export const insert = async (
  db: Connection,
  key: { readonly id: string; readonly userId: string; readonly name: string; readonly hash: Buffer },
): Promise<KeyRow | null> =>
  db.maybeOne(sql.type(row<KeyRow>())`
    insert into api_keys (id, user_id, name, hash)
    values (${key.id}, ${key.userId}, ${key.name}, ${sql.binary(key.hash)})
    on conflict do nothing
    returning id, user_id, name, created_at, revoked_at
  `);

export const list = (db: Connection, userId: string): Promise<readonly KeyRow[]> =>
  db.any(sql.type(row<KeyRow>())`
    select id, user_id, name, created_at, revoked_at from api_keys
    where user_id = ${userId} order by created_at, id limit 1000
  `);

/** Ends a key's validity; false when the user has no such valid key. */
export const revoke = async (db: Connection, userId: string, keyId: string): Promise<boolean> => {
  const { rowCount } = await db.query(sql.type(row())`
    update api_keys set revoked_at = now() where id = ${keyId} and user_id = ${userId} and revoked_at is null
  `);
  return rowCount === 1;
};
