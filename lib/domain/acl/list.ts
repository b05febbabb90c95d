import type { Context } from "#lib/context.ts";
import { checkBesideSyncToken, readSyncPage, type SyncPage, type SyncQuery } from "#lib/domain/pages.ts";
import type { AclRule } from "#lib/model/acl.ts";
import * as acl from "#lib/sql/acl.ts";
import { requireRole } from "./require-role.ts";

/**
 * Lists a calendar's access control list, for its writers: a page in the order of the rules' ids, or of what has changed since a sync
 * token. Throws `notFound`, `requiredAccessLevel`, `invalid`, `invalidSyncToken`, `fullSyncRequired`.
 */
export const listRules = async (
  ctx: Context,
  { calendarId, showDeleted, ...query }: SyncQuery & { readonly calendarId: string; readonly showDeleted: boolean | undefined },
): Promise<SyncPage<AclRule>> => {
  const calendar = await requireRole(ctx, calendarId, "writer");
  checkBesideSyncToken(query.syncToken, { notFalse: { showDeleted } });
  const withGone = showDeleted ?? false;
  const purgedChange = Math.max(calendar.purgedChange, await acl.findPurgedChange(ctx.db, calendar.id));
  const version = { change: calendar.change, purgedChange };
  return readSyncPage(ctx, { name: "acl", of: calendar.id, parameters: { withGone } }, query, version, true, {
    all: (afterId, limit) => acl.list(ctx.db, calendar.id, { afterId, withGone, limit }),
    changed: (after, limit) => acl.listByChange(ctx.db, calendar.id, after, limit),
    cursorOf: ({ change, id }) => ({ change, id }),
  });
};
