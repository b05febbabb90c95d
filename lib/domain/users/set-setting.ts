import type { Context } from "#lib/context.ts";
import { requireWholeReach } from "#lib/domain/acl/require-role.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import { Failure } from "#lib/errors.ts";
import { userSettings } from "#lib/model/settings.ts";
import type { SettingRow } from "#lib/sql/settings.ts";
import * as settings from "#lib/sql/settings.ts";
import * as users from "#lib/sql/users.ts";
import { getUser } from "./get.ts";

/** Sets one of a user's settings: one's own, or anybody's for an administrator. Throws `notFound`, `invalid`. */
export const setSetting = async (
  ctx: Context,
  { userId, setting, value }: { readonly userId: string; readonly setting: string; readonly value: string },
): Promise<SettingRow> => {
  requireWholeReach(ctx);
  const user = await getUser(ctx, userId);
  const known = userSettings.get(setting);
  if (!known) throw new Failure("notFound");
  const read = known.read(value);
  if (read === undefined) {
    throw new Failure("invalid", { location: "value", message: `Invalid value for value: it must be ${known.values}.` });
  }
  return ctx.db.inTransaction(async (db) => {
    const change = await users.takeChange(db, user.id);
    if (change === undefined) throw new Failure("notFound");
    const row = await settings.put(db, user.id, { id: setting, value: read, change });
    await notifyWatchers(db, { kind: "settings", userId: user.id });
    await recordChange(ctx, db, { subject: user.id, object: { settingId: setting } });
    return row;
  });
};
