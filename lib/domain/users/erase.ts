import { setTimeout as delay } from "node:timers/promises";
import type { Context } from "#lib/context.ts";
import { requireWholeReach } from "#lib/domain/acl/require-role.ts";
import { eraseFromAudit, eraseMentions } from "#lib/domain/audit/erase.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { Failure } from "#lib/errors.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as erasure from "#lib/sql/erasure.ts";
import { eraseCalendars } from "./erase-calendars.ts";
import { eraseFromEvents, eraseRules } from "./erase-traces.ts";
import { newPseudonym } from "./pseudonym.ts";

/** So long a key may still be taken for valid by another process: what it writes meanwhile is looked for afterwards. */
const settleMs = 2_000;
/** After the first time nothing but writes that were under way is found. */
const mostRounds = 10;

interface World {
  readonly db: Connection;
  readonly now: () => number;
  readonly settings: { readonly secret: Buffer };
}

/** The first step, and the one that counts: from its commit on the person is gone for everybody, and their keys are no more. */
const begin = (ctx: Context, id: string): Promise<void> =>
  ctx.db.inTransaction(async (db) => {
    const found = await erasure.find(db, id);
    const administrators = found?.is_admin ? await erasure.lockAdministrators(db) : [];
    const person = await erasure.findLocked(db, id);
    if (!person) throw new Failure("notFound");
    // An erasure that was interrupted goes on.
    if (person.erased_as !== null) return;
    if (person.is_admin && administrators.every((one) => one === id)) throw new Failure("cannotDeleteLastAdministrator");
    await erasure.begin(db, id, newPseudonym());
    await recordChange(ctx, db, { object: { userId: id }, ...(person.is_admin && { before: { admin: true } }) });
  });

/**
 * Does what is left of an erasure that has begun: in steps that each leave the data whole, can be done again, and lock one calendar at a
 * time. In the end nothing is left of the person but a pseudonym in the events of others.
 *
 * @param settle how long keys that have ended may still be used somewhere, ms.
 */
export const finishErasure = async ({ db, now, settings }: World, userId: string, settle = settleMs): Promise<void> => {
  const settled = performance.now() + settle;
  const first = await erasure.find(db, userId);
  if (!first || first.erased_as === null) return;
  const { email, erased_as: pseudonym } = first;
  for (let round = 1; round <= mostRounds; round += 1) {
    await db.inTransaction((tx) => erasure.removeChannels(tx, first));
    await eraseCalendars(db, first, now);
    await eraseRules(db, email, now);
    const { erased_calendars: gone = [] } = (await erasure.find(db, userId)) ?? {};
    const written = await eraseFromEvents(db, { addresses: new Set([email, ...gone]), pseudonym }, now);
    await erasure.removeAddress(db, email, pseudonym);
    const left = settled - performance.now();
    if (left > 0) await delay(left);
    else if (written === 0) {
      await eraseFromAudit(db, settings.secret, { userId, email });
      await eraseMentions(db, settings.secret, email);
      const isGone = await db.inTransaction(async (tx) => {
        await erasure.removeChannels(tx, first);
        return erasure.removeUser(tx, userId);
      });
      if (isGone || !(await erasure.find(db, userId))) return;
    }
  }
  throw new Failure("overloaded", { message: "The person's calendars change faster than they can be erased. Please try again." });
};

/**
 * Erases a user: their keys stop, what is theirs alone is deleted, calendars with other owners pass to one of them, and in the events of
 * others a pseudonym stands in their place. Users may erase themselves, administrators everybody. If it is interrupted it goes on when it
 * is asked for again, or by itself within an hour. Throws `notFound`, `cannotDeleteLastAdministrator`, `overloaded`.
 */
export const eraseUser = async (ctx: Context, userId: string): Promise<void> => {
  requireWholeReach(ctx);
  const { caller } = ctx;
  const id = userId === "me" ? caller.userId : userId;
  if (id !== caller.userId && !caller.isAdmin) throw new Failure("notFound");
  await begin(ctx, id);
  ctx.keys.forget(id);
  await finishErasure(ctx, id);
};
