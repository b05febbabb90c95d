import { eraseOldAudit } from "#lib/domain/audit/erase.ts";
import { record } from "#lib/domain/audit/record.ts";
import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import { finishErasure } from "#lib/domain/users/erase.ts";
import * as calendars from "#lib/sql/calendars.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as erasure from "#lib/sql/erasure.ts";
import * as retention from "#lib/sql/retention.ts";
import { forEachId, type Purged, purgeDeleted, purgeUsage } from "./purge.ts";

const dayMs = 86_400_000;

/** How long what is kept, in days. */
export interface RetentionDays {
  /** Deleted events, rules and entries, for clients that sync. */
  readonly tombstoneDays: number;
  /** What the audit log tells of people. */
  readonly auditRetentionDays: number;
  /** Events, after they have ended; Infinity: for ever. */
  readonly eventRetentionDays: number;
  /** How much keys were used. */
  readonly usageRetentionDays: number;
}

/** What the job let go of. */
export interface LetGo extends Purged {
  /** Events and series that had ended. */
  readonly ended: number;
  /** Entries of the audit log, of their personal part. */
  readonly auditEntries: number;
  readonly usageDays: number;
  /** Persons whose erasure had been interrupted. */
  readonly persons: number;
}

interface World {
  readonly db: Connection;
  readonly settings: { readonly secret: Buffer };
  readonly now: () => number;
}

/** Events that are deleted while their calendar is locked. */
const atOnce = 1_000;

const server = { userId: "", keyId: "", action: "retention.events", address: null, correlationId: null };

const endEvents = async ({ db, settings, now }: World, before: number): Promise<number> => {
  let ended = 0;
  const endSome = (calendarId: string): Promise<number> =>
    db.inTransaction(async (tx) => {
      const [calendar] = await calendars.takeChanges(tx, [calendarId], { userId: "", email: "" }, now());
      if (!calendar) return 0;
      const gone = await retention.endEvents(tx, calendarId, { before, change: calendar.change, now: now(), limit: atOnce });
      if (gone === 0) return 0;
      await notifyWatchers(tx, { kind: "events", calendarId });
      await record(tx, settings.secret, server, { calendarId, object: { events: gone } }, now());
      return gone;
    });
  await forEachId(
    (afterId, limit) => retention.listCalendars(db, before, afterId, limit),
    async (calendarId) => {
      for (let gone = atOnce; gone === atOnce; ended += gone) gone = await endSome(calendarId);
    },
  );
  return ended;
};

/** An entry may be written a little later than its time says. */
const lateMs = 3_600_000;

const eraseAudit = async ({ db, settings }: World, before: number): Promise<number> => {
  const from = (await retention.findMark(db, "audit")) - lateMs;
  const erased = await eraseOldAudit(db, settings.secret, { from, before });
  await retention.putMark(db, "audit", before);
  return erased;
};

/**
 * Lets go of all that has been kept for as long as it may, and ends erasures that were interrupted: the one place where data goes by
 * itself. In batches that hold each lock for a moment. Any number of processes may do this at once.
 */
export const keepRetention = async (world: World, days: RetentionDays): Promise<LetGo> => {
  const { db } = world;
  const now = world.now();
  const before = (kept: number) => now - kept * dayMs;
  const unfinished = await erasure.listUnfinished(db);
  for (const userId of unfinished) await finishErasure(world, userId, 0);
  const ended = Number.isFinite(days.eventRetentionDays) ? await endEvents(world, before(days.eventRetentionDays)) : 0;
  const auditEntries = await eraseAudit(world, before(days.auditRetentionDays));
  const purged = await purgeDeleted(db, before(days.tombstoneDays), now);
  const usageDays = await purgeUsage(db, before(days.usageRetentionDays));
  return { ...purged, ended, auditEntries, usageDays, persons: unfinished.length };
};
