import type { Context } from "#lib/context.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { endLostEntries } from "#lib/domain/calendar-list/end-lost.ts";
import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import { Failure } from "#lib/errors.ts";
import { type AclRule, type AclScope, ruleIdOf } from "#lib/model/acl.ts";
import type { Calendar, Role } from "#lib/model/calendar.ts";
import * as acl from "#lib/sql/acl.ts";
import type { Connection } from "#lib/sql/database.ts";

/** So many rules of a calendar may give access at once. */
const mostRules = 1_000;

/**
 * Gives a scope a role on a calendar, or takes it away (`none`), inside a transaction that has locked the calendar; who loses access
 * by it loses the calendar from their list. Throws `cannotChangeOwnAcl`, `cannotChangeOwnerAcl`, `quotaExceeded`.
 *
 * @param current the scope's rule as it is; undefined: there was never one.
 */
export const writeRule = async (
  ctx: Context,
  db: Connection,
  calendar: Calendar,
  { scope, role, current }: { readonly scope: AclScope; readonly role: Role | "none"; readonly current: AclRule | undefined },
): Promise<AclRule> => {
  const standing = current?.role ?? "none";
  const id = ruleIdOf(scope);
  if (role !== standing) {
    if (id === `user:${ctx.caller.email}`) throw new Failure("cannotChangeOwnAcl");
    if (id === `user:${calendar.ownerEmail}`) throw new Failure("cannotChangeOwnerAcl");
  }
  if (standing === "none" && role !== "none" && (await acl.countStanding(db, calendar.id)) >= mostRules) {
    throw new Failure("quotaExceeded", { message: `A calendar can have ${mostRules} rules of access at most.` });
  }
  const rule = await acl.put(db, calendar.id, { scope, role, change: calendar.change }, ctx.now());
  if (role === "none" && standing !== "none") await endLostEntries(db, { calendarIds: [calendar.id] }, ctx.now());
  await notifyWatchers(db, { kind: "acl", calendarId: calendar.id });
  await recordChange(ctx, db, {
    calendarId: calendar.id,
    ...(scope.type !== "default" && { subject: scope.value }),
    object: { ruleId: id },
    before: { role: standing },
    after: { role },
  });
  return rule;
};
