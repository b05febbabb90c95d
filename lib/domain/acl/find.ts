import { Failure } from "#lib/errors.ts";
import type { AclRule } from "#lib/model/acl.ts";
import * as acl from "#lib/sql/acl.ts";
import type { Connection } from "#lib/sql/database.ts";

/** A rule that gives access, by its id in any case. Throws `notFound`, also for one that was taken away. */
export const getStandingRule = async (db: Connection, calendarId: string, ruleId: string): Promise<AclRule> => {
  const rule = await acl.find(db, calendarId, ruleId.toLowerCase());
  if (!rule || rule.role === "none") throw new Failure("notFound");
  return rule;
};
