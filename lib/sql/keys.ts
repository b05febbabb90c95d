import type { KeyLimits } from "#lib/model/key.ts";
import type { Scope } from "#lib/model/scope.ts";
import { type Connection, row, sql } from "./database.ts";

interface LimitsRow {
  readonly scopes: readonly Scope[] | null;
  readonly calendars: readonly string[] | null;
  readonly ip_ranges: readonly string[] | null;
  readonly expires_at: number | null;
}

export interface KeyRow extends LimitsRow {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
  /** The id of the key that it took the place of. */
  readonly replaces: string | null;
}

export interface KeyOwnerRow extends LimitsRow {
  readonly key_id: string;
  readonly hash: Buffer;
  readonly user_id: string;
  readonly email: string;
  readonly is_admin: boolean;
}

/** The channel on which every change of a key or of its user is told, by its id: see the triggers. */
export const keysChannel = "keys" as const;

export const limitsOf = ({ scopes, calendars, ip_ranges, expires_at }: LimitsRow): KeyLimits => ({
  scopes,
  calendars,
  ipRanges: ip_ranges,
  expiresAt: expires_at,
});

const columns = sql.fragment`
  id, user_id, name, created_at, revoked_at, scopes, calendars, ip_ranges, expires_at, replaces
`;

/** The key with this hash, whose it is, and until when; not one that was revoked. */
export const findOwner = (db: Connection, hash: Buffer): Promise<KeyOwnerRow | null> =>
  db.maybeOne(sql.type(row<KeyOwnerRow>())`
    select k.id as key_id, k.hash, k.scopes, k.calendars, k.ip_ranges, k.expires_at, u.id as user_id, u.email, u.is_admin
    from api_keys k join users u on u.id = k.user_id
    where k.hash = ${sql.binary(hash)} and k.revoked_at is null and u.erased_as is null
  `);

/** No list is ever empty: null stands for one, in a statement that has one text. */
const orNull = (texts: readonly string[] | null) => sql.fragment`nullif(${sql.array([...(texts ?? [])], "text")}, '{}')`;
const timestamp = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** Keeps a key's hash; null when that key exists already. */
export const insert = async (
  db: Connection,
  key: KeyLimits & {
    readonly id: string;
    readonly userId: string;
    readonly name: string;
    readonly hash: Buffer;
    readonly replaces: string | null;
  },
): Promise<KeyRow | null> =>
  db.maybeOne(sql.type(row<KeyRow>())`
    insert into api_keys (id, user_id, name, hash, scopes, calendars, ip_ranges, expires_at, replaces)
    values (
      ${key.id}, ${key.userId}, ${key.name}, ${sql.binary(key.hash)}, ${orNull(key.scopes)}, ${orNull(key.calendars)},
      ${orNull(key.ipRanges)}, ${timestamp(key.expiresAt)}, ${key.replaces}
    )
    on conflict do nothing
    returning ${columns}
  `);

export const list = (db: Connection, userId: string): Promise<readonly KeyRow[]> =>
  db.any(sql.type(row<KeyRow>())`
    select ${columns} from api_keys where user_id = ${userId} order by created_at, id limit 1000
  `);

/** A user's key, locked until the transaction ends. */
export const findLocked = (db: Connection, userId: string, keyId: string): Promise<KeyRow | null> =>
  db.maybeOne(sql.type(row<KeyRow>())`
    select ${columns} from api_keys where id = ${keyId} and user_id = ${userId} for update
  `);

export const find = (db: Connection, keyId: string): Promise<KeyRow | null> =>
  db.maybeOne(sql.type(row<KeyRow>())`select ${columns} from api_keys where id = ${keyId}`);

/** Ends a key's validity. */
export const revoke = async (db: Connection, keyId: string): Promise<void> => {
  await db.query(sql.type(row())`update api_keys set revoked_at = now() where id = ${keyId}`);
};

/** Lets a key end at a time. */
export const expire = async (db: Connection, keyId: string, at: number): Promise<void> => {
  await db.query(sql.type(row())`update api_keys set expires_at = ${timestamp(at)} where id = ${keyId}`);
};
