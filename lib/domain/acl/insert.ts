import type { Context } from "#lib/context.ts";
import { type AclRule, type AclScope, ruleIdOf } from "#lib/model/acl.ts";
import type { Role } from "#lib/model/calendar.ts";
import * as acl from "#lib/sql/acl.ts";
import { lockForWrite } from "./require-role.ts";
import { writeRule } from "./write.ts";

/**
 * Gives a scope a role on a calendar, whatever role it had before; `none` takes it away. Throws `notFound`, `requiredAccessLevel`,
 * `cannotChangeOwnAcl`, `cannotChangeOwnerAcl`, `quotaExceeded`.
 */
export const insertRule = async (
  ctx: Context,
  { calendarId, scope, role }: { readonly calendarId: string; readonly scope: AclScope; readonly role: Role | "none" },
): Promise<AclRule> =>
  ctx.db.inTransaction(async (db) => {
    const calendar = await lockForWrite(ctx, db, calendarId, "owner");
    const current = await acl.find(db, calendar.id, ruleIdOf(scope));
    return writeRule(ctx, db, calendar, { scope, role, current });
  });
