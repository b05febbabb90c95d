import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import type { AclRule } from "#lib/model/acl.ts";
import type { Role } from "#lib/model/calendar.ts";
import { etagMatches } from "#lib/model/etag.ts";
import { getStandingRule } from "./find.ts";
import { lockForWrite } from "./require-role.ts";
import { writeRule } from "./write.ts";

/**
 * Changes a rule's role; `none` takes the rule away, undefined leaves it as it is. Throws `notFound`, `requiredAccessLevel`,
 * `conditionNotMet`, `cannotChangeOwnAcl`, `cannotChangeOwnerAcl`.
 */
export const updateRule = async (
  ctx: Context,
  {
    calendarId,
    ruleId,
    role,
    ifMatch,
  }: {
    readonly calendarId: string;
    readonly ruleId: string;
    readonly role: Role | "none" | undefined;
    readonly ifMatch: string | undefined;
  },
): Promise<AclRule> =>
  ctx.db.inTransaction(async (db) => {
    const calendar = await lockForWrite(ctx, db, calendarId, "owner");
    const current = await getStandingRule(db, calendar.id, ruleId);
    if (!etagMatches(ifMatch, current.change)) throw new Failure("conditionNotMet");
    return writeRule(ctx, db, calendar, { scope: current.scope, role: role ?? current.role, current });
  });
