import type { AuditEntry } from "#lib/model/audit.ts";
import * as audit from "#lib/sql/audit.ts";
import type { Connection } from "#lib/sql/database.ts";
import { scanAudit } from "#lib/sql/erasure.ts";
import { type AuditKey, auditKey, erasureMark } from "./seal.ts";

const atOnce = 1_000;

const markAll = (db: Connection, key: AuditKey, found: readonly Pick<AuditEntry, "chain" | "number">[]): Promise<number> =>
  audit.erase(
    db,
    found.map((entry) => ({ ...entry, mark: erasureMark(key, entry) })),
  );

/**
 * Erases what the audit log tells of a person: the personal part of every entry that is by them, or about them or their own calendar.
 * That something was done, when and under which ids of user and key, stays, and the log stays verifiable.
 *
 * @returns how many entries it was.
 */
export const eraseFromAudit = async (
  db: Connection,
  secret: Buffer,
  person: { readonly userId: string; readonly email: string },
): Promise<number> => {
  const key = auditKey(secret);
  let erased = 0;
  for (;;) {
    const found = await audit.listPersonal(db, person, atOnce);
    if (found.length === 0) return erased;
    erased += await markAll(db, key, found);
  }
};

/** Entries that are gone through at a time. */
const scannedAtOnce = 20_000;

/** Erases the personal part of all other entries whose details name an address, as of a key that was limited to a person's calendar. */
export const eraseMentions = async (db: Connection, secret: Buffer, email: string): Promise<void> => {
  const key = auditKey(secret);
  for (let after: Pick<AuditEntry, "chain" | "number"> | undefined = { chain: 0, number: 0 }; after; ) {
    const { hits, last }: Awaited<ReturnType<typeof scanAudit>> = await scanAudit(db, email, after, scannedAtOnce);
    if (hits.length > 0) await markAll(db, key, hits);
    after = last;
  }
};

/** Erases the personal part of entries from before a time, and after another one up to which that has been done. @returns how many. */
export const eraseOldAudit = async (
  db: Connection,
  secret: Buffer,
  span: { readonly from: number; readonly before: number },
): Promise<number> => {
  const key = auditKey(secret);
  let erased = 0;
  for (let { from } = span; ; ) {
    const found = await audit.listWhole(db, { from, before: span.before }, atOnce);
    const last = found.at(-1);
    if (!last) return erased;
    erased += await markAll(db, key, found);
    from = last.at;
  }
};
