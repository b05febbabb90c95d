import type { Context } from "#lib/context.ts";
import { type Page, type PageQuery, readPage } from "#lib/domain/pages.ts";
import * as groups from "#lib/sql/groups.ts";

/** Lists all groups in the order of their addresses, for an administrator. Throws `invalid` for a broken page token. */
export const listGroups = (ctx: Context, query: PageQuery): Promise<Page<groups.GroupRow>> =>
  readPage(ctx, { name: "groups", of: "" }, query, {
    read: (after, limit) => groups.list(ctx.db, after, limit),
    keyOf: ({ email }) => email,
  });
