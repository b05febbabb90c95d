import type { Context } from "#lib/context.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { Failure } from "#lib/errors.ts";
import * as channels from "#lib/sql/channels.ts";

/**
 * Ends one of the caller's channels. A message that is on its way is waited for: afterwards none is sent any more, by no process.
 * Throws `notFound`, also for channels of others.
 */
export const stopChannel = async (
  ctx: Context,
  { id, resourceId }: { readonly id: string; readonly resourceId: string },
): Promise<void> => {
  const { userId, calendars } = ctx.caller;
  await ctx.db.inTransaction(async (db) => {
    if (!(await channels.stop(db, { id, resourceId, userId, calendars }))) {
      throw new Failure("notFound", { message: `Channel '${id}' not found for project 'calendar-api'` });
    }
    await recordChange(ctx, db, { object: { channelId: id } });
  });
};
