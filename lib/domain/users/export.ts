import type { Context } from "#lib/context.ts";
import { requireWholeReach } from "#lib/domain/acl/require-role.ts";
import { Failure } from "#lib/errors.ts";
import type { Download } from "#lib/model/download.ts";
import { fixSnapshot } from "#lib/sql/event-lists.ts";
import * as exported from "#lib/sql/export.ts";
import * as users from "#lib/sql/users.ts";
import { exportFiles, type Writers } from "./export-files.ts";
import { explanation } from "./export-readme.ts";
import { getUser } from "./get.ts";
import { type Archive, spoolArchive } from "./spool.ts";

/** Exports that this process makes or sends at once: each takes a connection, a processor and room on the disk. */
const mostAtOnce = 2;
/** Who has asked for those: one each, so that nobody has all the turns. */
const running = new Set<string>();

/**
 * Writes everything that the system holds about a user into a zip archive: their own, or anybody's for an administrator. All of it is as
 * it was at one moment, and only a page of it is in memory at a time. Throws `notFound`, `overloaded`.
 */
export const exportUser = async (ctx: Context, userId: string, write: Writers): Promise<Download> => {
  requireWholeReach(ctx);
  const { id } = await getUser(ctx, userId);
  const { userId: asker } = ctx.caller;
  if (running.has(asker)) {
    throw new Failure("overloaded", { message: "Your last export is still being made or sent. Please try again later." });
  }
  if (running.size >= mostAtOnce) {
    throw new Failure("overloaded", { message: `${mostAtOnce} exports are being made already. Please try again later.` });
  }
  running.add(asker);
  const end = () => running.delete(asker);
  const now = ctx.now();
  let archive: Archive | undefined;
  try {
    const made = await ctx.db.inTransaction(async (db) => {
      await fixSnapshot(db);
      const user = await users.find(db, id);
      if (!user) throw new Failure("notFound");
      const calendars = await exported.listCalendars(db, id);
      const readme = { name: "README.txt", text: () => [explanation(user.email, calendars, now)] };
      archive = await spoolArchive([readme, ...exportFiles(db, user, calendars, write, now)], new Date(now));
      return archive;
    });
    made.stream.once("close", end);
    return { ...made, filename: `calendar-export-${id}.zip` };
  } catch (error) {
    archive?.stream.destroy();
    end();
    throw error;
  }
};
