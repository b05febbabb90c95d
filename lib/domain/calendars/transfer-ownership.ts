import type { Context } from "#lib/context.ts";
import { writeOwnersRule } from "#lib/domain/acl/own.ts";
import { calendarIdOf } from "#lib/domain/acl/require-role.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { addOwnedEntry } from "#lib/domain/calendar-list/add-owned.ts";
import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import { Failure } from "#lib/errors.ts";
import * as calendars from "#lib/sql/calendars.ts";
import * as users from "#lib/sql/users.ts";

/**
 * Gives a secondary calendar to another user of this server, for an administrator; who owned it before keeps the role by their rule.
 * Throws `notFound`, `invalid` for a primary calendar and for an address that is no user's.
 */
export const transferOwnership = async (
  ctx: Context,
  { calendarId, newDataOwner }: { readonly calendarId: string; readonly newDataOwner: string },
): Promise<void> =>
  ctx.db.inTransaction(async (db) => {
    const [calendar] = await calendars.takeChanges(db, [calendarIdOf(ctx, calendarId)], ctx.caller, ctx.now());
    if (!calendar) throw new Failure("notFound");
    if (calendar.isPrimary) {
      throw new Failure("invalid", {
        location: "calendarId",
        message:
          "Invalid value for calendarId: a primary calendar belongs to its user. Only secondary calendars can be given away.",
      });
    }
    const owner = await users.findByEmail(db, newDataOwner.toLowerCase());
    if (!owner) {
      throw new Failure("invalid", {
        location: "newDataOwner",
        message: "Invalid value for newDataOwner: it must be the address of a user.",
      });
    }
    await calendars.setOwner(db, calendar.id, owner.id, calendar.change);
    await writeOwnersRule(db, calendar, owner.email, ctx.now());
    await addOwnedEntry(db, { calendarId: calendar.id, owner }, ctx.now());
    await notifyWatchers(db, { kind: "acl", calendarId: calendar.id });
    await recordChange(ctx, db, {
      calendarId: calendar.id,
      subject: owner.id,
      before: { ownerId: calendar.ownerId },
      after: { ownerId: owner.id },
    });
  });
