import type { Context } from "#lib/context.ts";
import type { AclRule } from "#lib/model/acl.ts";
import { getStandingRule } from "./find.ts";
import { requireRole } from "./require-role.ts";

/** Reads a rule of a calendar's access control list, for its writers. Throws `notFound`, `requiredAccessLevel`. */
export const getRule = async (
  ctx: Context,
  { calendarId, ruleId }: { readonly calendarId: string; readonly ruleId: string },
): Promise<AclRule> => {
  const calendar = await requireRole(ctx, calendarId, "writer");
  return getStandingRule(ctx.db, calendar.id, ruleId);
};
