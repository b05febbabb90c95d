import { randomBytes } from "node:crypto";
import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import type { ChainEnd } from "#lib/model/audit.ts";
import type { Along } from "#lib/sql/audit.ts";
import * as audit from "#lib/sql/audit.ts";
import type { Connection } from "#lib/sql/database.ts";
import { type AuditKey, auditKey, chainHash, endSeal, entryDigest, noHash, personalDigest } from "./seal.ts";

/** Many more than there are writers at a time: so each finds one that nobody else has. */
export const chains = 256;

/**
 * Where this process has left chains, oldest first: it goes on there without asking, if nobody else has gone on there, for an entry is
 * only added behind the end that it was made for. Of the latest ones some transactions are still open.
 */
const left: ChainEnd[] = [];
const mostOpen = 16;

/** What was changed. Ids of users rather than addresses, where there are both: an id tells nothing once its user is erased. */
export interface Change {
  readonly calendarId?: string;
  /** The user (id) or the address whom it is about, if it is about a person. */
  readonly subject?: string;
  /** Ids of what was changed. */
  readonly object?: Readonly<Record<string, unknown>> | undefined;
  /** Of changes of rights: what there was, and what there is. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Who did it, and by which request. */
export interface Author {
  readonly userId: string;
  readonly keyId: string;
  readonly action: string;
  readonly address: string | null;
  readonly correlationId: string | null;
}

/** The chains as they begin. */
const freshChains = (key: AuditKey): readonly ChainEnd[] =>
  Array.from({ length: chains }, (_, index) => {
    const end = { chain: index + 1, number: 0, hash: noHash };
    return { ...end, seal: endSeal(key, end) };
  });

const takeChain = async (db: Connection, key: AuditKey): Promise<ChainEnd> => {
  const free = await audit.takeFreeChain(db);
  if (free) return free;
  await audit.putChains(db, freshChains(key));
  return audit.takeChain(db);
};

/**
 * Adds an entry to the audit log, inside the transaction of the change and as its last statement: so both are there, or neither.
 * Throws `duplicate` when the id of an event that goes along is taken.
 */
export const record = async (
  db: Connection,
  secret: Buffer,
  { userId, keyId, action, address, correlationId }: Author,
  { calendarId, subject, ...what }: Change,
  at: number,
  along: Along = {},
): Promise<void> => {
  const key = auditKey(secret);
  const salt = randomBytes(16);
  const personal = {
    ...{ address, correlationId, calendarId: calendarId ?? null, subject: subject ?? null },
    details: JSON.stringify(what),
  };
  const sealed = personalDigest(salt, personal);

  const addBehind = async (end: ChainEnd): Promise<boolean> => {
    const entry = { chain: end.chain, number: end.number + 1, at, action, userId, keyId };
    const digest = entryDigest(key, entry, sealed);
    const hash = chainHash(key, end.hash, digest);
    const next = { chain: end.chain, number: entry.number, hash };
    const seal = endSeal(key, next);
    const whole = { ...entry, ...personal, salt, personalDigest: sealed, digest, hash };
    const { moved, added } = await audit.append(db, end, whole, seal, along);
    if (!moved) return false;
    if (!added) throw new Failure("duplicate");
    left.push({ ...next, seal });
    return true;
  };

  const known = left.length > mostOpen ? left.shift() : undefined;
  if (known && (await addBehind(known))) return;
  if (!(await addBehind(await takeChain(db, key)))) throw new Error("A chain of the audit log has moved while it was locked.");
};

/** Adds an entry for what the caller's request has changed, see {@link record}. */
export const recordChange = (ctx: Context, db: Connection, change: Change, along?: Along): Promise<void> => {
  const { action, address, correlationId } = ctx.request;
  const { userId, keyId } = ctx.caller;
  return record(db, ctx.settings.secret, { userId, keyId, action, address: address(), correlationId }, change, ctx.now(), along);
};
