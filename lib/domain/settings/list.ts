import type { Context } from "#lib/context.ts";
import { requireWholeReach } from "#lib/domain/acl/require-role.ts";
import { readSyncPage, type SyncPage, type SyncQuery } from "#lib/domain/pages.ts";
import { userSettings } from "#lib/model/settings.ts";
import * as settings from "#lib/sql/settings.ts";
import * as users from "#lib/sql/users.ts";

/** All settings of the caller, those that they never set with the usual value and change 0, in the order of their ids. Throws `notFound`. */
export const readSettings = async (ctx: Context): Promise<readonly settings.SettingRow[]> => {
  requireWholeReach(ctx);
  const set = new Map((await settings.list(ctx.db, ctx.caller.userId)).map((one) => [one.id, one]));
  return [...userSettings].map(([id, { usual }]) => set.get(id) ?? { id, value: usual, change: 0 });
};

/**
 * Lists the caller's settings: a page in the order of their ids, or of those that have changed since a sync token. Throws `notFound`,
 * `invalid`, `invalidSyncToken`, `fullSyncRequired`.
 */
export const listSettings = async (ctx: Context, query: SyncQuery): Promise<SyncPage<settings.SettingRow>> => {
  requireWholeReach(ctx);
  const { userId } = ctx.caller;
  const { change } = await users.findVersion(ctx.db, userId);
  // Nothing of them is ever purged.
  return readSyncPage(ctx, { name: "settings", of: userId }, query, { change, purgedChange: 0 }, true, {
    all: async (afterId, limit) => (await readSettings(ctx)).filter(({ id }) => id > afterId).slice(0, limit),
    changed: async (after, limit) =>
      (await readSettings(ctx))
        .filter((one) => one.change > after.change || (one.change === after.change && one.id > after.id))
        .sort((a, b) => a.change - b.change || (a.id < b.id ? -1 : 1))
        .slice(0, limit),
    cursorOf: ({ change, id }) => ({ change, id }),
  });
};
