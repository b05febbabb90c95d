import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import * as groups from "#lib/sql/groups.ts";

/** Reads a group by its address in any case, for an administrator. Throws `notFound`. */
export const getGroup = async (ctx: Context, groupId: string): Promise<groups.GroupRow> => {
  const group = await groups.find(ctx.db, groupId.toLowerCase());
  if (!group) throw new Failure("notFound");
  return group;
};
