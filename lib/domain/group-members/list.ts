import type { Context } from "#lib/context.ts";
import { getGroup } from "#lib/domain/groups/get.ts";
import { type Page, type PageQuery, readPage } from "#lib/domain/pages.ts";
import * as groups from "#lib/sql/groups.ts";

/** Lists a group's members in the order of their addresses, for an administrator. Throws `notFound`, `invalid`. */
export const listMembers = async (
  ctx: Context,
  { groupId, ...query }: PageQuery & { readonly groupId: string },
): Promise<Page<string>> => {
  const group = await getGroup(ctx, groupId);
  return readPage(ctx, { name: "groupMembers", of: group.email }, query, {
    read: (after, limit) => groups.listMembers(ctx.db, group.email, after, limit),
    keyOf: (email) => email,
  });
};
