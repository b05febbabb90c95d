import type { AuditCursor, AuditEntry, AuditFilter, ChainEnd, SealedEntry } from "#lib/model/audit.ts";
import { enqueueNotice, type Notice } from "./channels.ts";
import { type Connection, row, sql } from "./database.ts";
import { insertion, type PlacedEvent } from "./events.ts";

/**
 * Takes a chain that no other transaction has, until this one ends; undefined when there is none. Any of them, so that processes come
 * to use different ones.
 */
export const takeFreeChain = async (db: Connection): Promise<ChainEnd | undefined> =>
  (await db.maybeOne(sql.type(row<ChainEnd>())`
    select chain, number, hash, seal from audit_chains order by random() limit 1 for no key update skip locked
  `)) ?? undefined;

/** Takes any chain, waiting for whoever has it. */
export const takeChain = (db: Connection): Promise<ChainEnd> =>
  db.one(sql.type(row<ChainEnd>())`
    select chain, number, hash, seal from audit_chains order by random() limit 1 for no key update
  `);

/** Begins the log: adds the chains, if there are none. One that is gone does not come back, so that it is missed. */
export const putChains = async (db: Connection, ends: readonly ChainEnd[]): Promise<void> => {
  await db.query(sql.type(row())`
    insert into audit_chains (chain, number, hash, seal)
    select * from ${sql.unnest(
      ends.map(({ chain, number, hash, seal }) => [chain, number, hash, seal]),
      ["int2", "int8", "bytea", "bytea"],
    )} as fresh
    where not exists (select from audit_chains)
    on conflict do nothing
  `);
};

/** What a change's last statement does besides: as a statement of its own each would hold the calendar's lock for a round trip more. */
export interface Along {
  /** Is put in the queue, if anybody watches. */
  readonly notice?: Notice | undefined;
  /** Is added to its calendar. */
  readonly event?: PlacedEvent | undefined;
}

/**
 * Adds an entry behind the end of a chain, moves the end, and does what goes along: or nothing of all this, at once, when the chain does
 * not end there or another transaction has it; then it has not `moved`. When the event alone was not `added`, its id is taken.
 */
export const append = async (
  db: Connection,
  end: ChainEnd,
  entry: Omit<SealedEntry, "isErased" | "erasure" | "salt"> & { readonly salt: Buffer },
  seal: Buffer,
  { notice, event }: Along,
): Promise<{ readonly moved: boolean; readonly added: boolean }> => {
  const moved = sql.fragment`exists (select from moved)`;
  const told = notice ? sql.fragment`, told as (${enqueueNotice(notice)} and ${moved})` : sql.fragment``;
  const added = event ? sql.fragment`${insertion(event, moved)} returning true` : sql.fragment`select true`;
  return db.one(sql.type(row<{ moved: boolean; added: boolean }>())`
    with moved as (
      update audit_chains set number = ${entry.number}, hash = ${sql.binary(entry.hash)}, seal = ${sql.binary(seal)}
      where chain in (
        select c.chain from audit_chains c
        where c.chain = ${end.chain} and c.number = ${end.number} and c.hash = ${sql.binary(end.hash)}
        for no key update skip locked
      )
      returning chain
    ), logged as (
      insert into audit (
        chain, number, at, action, user_id, key_id, address, correlation_id, calendar_id, subject, details, salt,
        personal_digest, digest, hash
      )
      select
        chain, ${entry.number}, ${new Date(entry.at).toISOString()}, ${entry.action}, ${entry.userId}, ${entry.keyId},
        ${entry.address}, ${entry.correlationId}, ${entry.calendarId}, ${entry.subject}, ${entry.details}, ${sql.binary(entry.salt)},
        ${sql.binary(entry.personalDigest)}, ${sql.binary(entry.digest)}, ${sql.binary(entry.hash)}
      from moved
    )${told}, added as (${added})
    select ${moved} as moved, exists (select from added) as added
  `);
};

const columns = sql.fragment`
  a.chain, a.number, a.at, a.action, a.user_id as "userId", a.key_id as "keyId", a.address, a.correlation_id as "correlationId",
  a.calendar_id as "calendarId", a.subject, a.details, a.erasure is not null as "isErased"
`;

const time = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString());

/**
 * Entries that fit a filter, latest first. The branches are statements of their own inside one text: PostgreSQL runs the one whose
 * filter is there, along an index in the order of time.
 */
export const list = async (
  db: Connection,
  { userId, keyId, calendarId, action, from, to }: AuditFilter,
  after: AuditCursor | undefined,
  limit: number,
): Promise<readonly AuditEntry[]> => {
  const rest = sql.fragment`
    (${time(from)}::timestamptz is null or a.at >= ${time(from)}::timestamptz)
    and (${time(to)}::timestamptz is null or a.at < ${time(to)}::timestamptz)
    and (a.at, a.chain, a.number) < (
      ${after ? new Date(after.at).toISOString() : "infinity"}::timestamptz, ${after?.chain ?? 0}::int, ${after?.number ?? 0}::bigint
    )
    and (${userId ?? null}::text is null or a.user_id = ${userId ?? null})
    and (${keyId ?? null}::text is null or a.key_id = ${keyId ?? null})
    and (${calendarId ?? null}::text is null or a.calendar_id = ${calendarId ?? null})
    and (${action ?? null}::text is null or a.action = ${action ?? null})
    order by a.at desc, a.chain desc, a.number desc limit ${limit}
  `;
  if (calendarId !== undefined) {
    return db.any(sql.type(row<AuditEntry>())`select ${columns} from audit a where a.calendar_id = ${calendarId} and ${rest}`);
  }
  if (keyId !== undefined) {
    return db.any(sql.type(row<AuditEntry>())`select ${columns} from audit a where a.key_id = ${keyId} and ${rest}`);
  }
  if (userId !== undefined) {
    return db.any(sql.type(row<AuditEntry>())`select ${columns} from audit a where a.user_id = ${userId} and ${rest}`);
  }
  if (action !== undefined) {
    return db.any(sql.type(row<AuditEntry>())`select ${columns} from audit a where a.action = ${action} and ${rest}`);
  }
  return db.any(sql.type(row<AuditEntry>())`select ${columns} from audit a where ${rest}`);
};

/** Where the chains end. */
export const listChains = (db: Connection): Promise<readonly ChainEnd[]> =>
  db.any(sql.type(row<ChainEnd>())`select chain, number, hash, seal from audit_chains order by chain`);

/** Entries of a chain in their order, from behind a number up to another one. */
export const listSealed = (
  db: Connection,
  { chain, after, last }: { readonly chain: number; readonly after: number; readonly last: number },
  limit: number,
): Promise<readonly SealedEntry[]> =>
  db.any(sql.type(row<SealedEntry>())`
    select ${columns}, a.salt, a.personal_digest as "personalDigest", a.erasure, a.digest, a.hash
    from audit a where a.chain = ${chain} and a.number > ${after} and a.number <= ${last} order by a.number limit ${limit}
  `);

/** Some entries that stand behind the end of their chain, or in no chain that there is. */
export const listOutside = (db: Connection, limit: number): Promise<readonly { chain: number; number: number }[]> =>
  db.any(sql.type(row<{ chain: number; number: number }>())`
    (
      select a.chain, a.number from audit_chains c join audit a on a.chain = c.chain and (a.number > c.number or a.number < 1)
      limit ${limit}
    ) union all (
      select a.chain, a.number from audit a where not exists (select from audit_chains c where c.chain = a.chain) limit ${limit}
    )
  `);

/** Some entries with a personal part that are by a user, or about them or their calendar. */
export const listPersonal = (
  db: Connection,
  { userId, email }: { readonly userId: string; readonly email: string },
  limit: number,
): Promise<readonly { chain: number; number: number }[]> =>
  db.any(sql.type(row<{ chain: number; number: number }>())`
    (select a.chain, a.number from audit a where a.user_id = ${userId} and a.erasure is null limit ${limit})
    union (select a.chain, a.number from audit a where a.calendar_id = ${email} limit ${limit})
    union (select a.chain, a.number from audit a where a.subject in (${userId}, ${email}) limit ${limit})
  `);

/** Some entries of a span of time that have their personal part, oldest first. */
export const listWhole = (
  db: Connection,
  { from, before }: { readonly from: number; readonly before: number },
  limit: number,
): Promise<readonly { chain: number; number: number; at: number }[]> =>
  db.any(sql.type(row<{ chain: number; number: number; at: number }>())`
    select a.chain, a.number, a.at from audit a
    where a.at >= ${new Date(from).toISOString()} and a.at < ${new Date(before).toISOString()} and a.erasure is null
    order by a.at limit ${limit}
  `);

/** Erases the personal parts of entries. @returns how many. */
export const erase = async (
  db: Connection,
  entries: readonly { readonly chain: number; readonly number: number; readonly mark: Buffer }[],
): Promise<number> => {
  const { rowCount } = await db.query(sql.type(row())`
    update audit a set
      address = null, correlation_id = null, calendar_id = null, subject = null, details = null, salt = null, erasure = e.mark
    from ${sql.unnest(
      entries.map(({ chain, number, mark }) => [chain, number, mark]),
      ["int2", "int8", "bytea"],
    )} as e (chain, number, mark)
    where a.chain = e.chain and a.number = e.number and a.erasure is null
  `);
  return rowCount;
};
