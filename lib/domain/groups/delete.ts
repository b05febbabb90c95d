import type { Context } from "#lib/context.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { endLostEntries } from "#lib/domain/calendar-list/end-lost.ts";
import { Failure } from "#lib/errors.ts";
import * as groups from "#lib/sql/groups.ts";

/**
 * Deletes a group, for an administrator: its members lose what rules allowed it. The rules stay, as for any address. Throws
 * `notFound`.
 */
export const deleteGroup = async (ctx: Context, groupId: string): Promise<void> =>
  ctx.db.inTransaction(async (db) => {
    const email = groupId.toLowerCase();
    if (!(await groups.lock(db, email))) throw new Failure("notFound");
    const userIds = await groups.lockMembers(db, email);
    await groups.remove(db, email);
    await endLostEntries(db, { userIds }, ctx.now());
    await recordChange(ctx, db, { object: { groupId: email }, before: { memberIds: userIds } });
  });
