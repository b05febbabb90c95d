import * as audit from "#lib/sql/audit.ts";
import type { Connection } from "#lib/sql/database.ts";
import { auditKey, erasureMark } from "./seal.ts";

const atOnce = 1_000;

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
    erased += await audit.erase(
      db,
      found.map((entry) => ({ ...entry, mark: erasureMark(key, entry) })),
    );
  }
};
