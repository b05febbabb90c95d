import { setImmediate } from "node:timers/promises";
import type { Context } from "#lib/context.ts";
import { requireRole } from "#lib/domain/acl/require-role.ts";
import { type EventWrite, writeEvents } from "#lib/domain/events/write.ts";
import { Failure } from "#lib/errors.ts";
import { CalendarTextError, type ReadCalendar, readCalendar } from "#lib/ical/read-calendar.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import { count } from "#lib/observe/metrics.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as events from "#lib/sql/events.ts";
import { type Batch, type ImportReport, type Known, newBatch, newReport } from "./import-job.ts";
import { importSeries } from "./import-series.ts";

/** Events of one file: what a transaction that holds the calendar's lock should write at most. */
const mostEvents = 50_000;
/** UIDs that are read, worked out and written together. */
const chunkSize = 500;
/** Rows of one statement. */
const mostRows = 1_000;
/** How long one import may keep other requests waiting at a time, and how long its rules may take altogether, in milliseconds. */
const longestTurn = 20;
const longestForRules = 2_000;

const readText = (text: string, zone: string): ReadCalendar => {
  const found = text.match(/^BEGIN:VEVENT/gim)?.length ?? 0;
  if (found > mostEvents) {
    throw new Failure("invalid", { message: `The file has ${found} events; at most ${mostEvents} can be imported at once.` });
  }
  try {
    return readCalendar(text, { zone });
  } catch (error) {
    if (error instanceof CalendarTextError) throw new Failure("invalid", { message: error.message, cause: error });
    throw error;
  }
};

/** What the calendar has under these UIDs. */
const findKnown = async (db: Connection, calendar: Calendar, uids: readonly string[]): Promise<(uid: string) => Known> => {
  const found = await events.findByUids(db, calendar.id, uids);
  const masters = found.filter(({ originalStart }) => !originalStart).map(({ id }) => id);
  const instances = masters.length > 0 ? await events.listInstances(db, calendar.id, masters) : [];
  const byUid = Map.groupBy(found, ({ iCalUID }) => iCalUID);
  const byMaster = Map.groupBy(instances, ({ event }) => event.recurringEventId);
  return (uid) => {
    const own = byUid.get(uid) ?? [];
    const main = own.findLast(({ originalStart }) => !originalStart);
    return { main, instances: byMaster.get(main?.id) ?? [], alone: own.filter(({ originalStart }) => originalStart) };
  };
};

const write = async (db: Connection, { id, change }: Calendar, batch: Batch, now: number): Promise<void> => {
  for (let from = 0; from < batch.placed.length; from += mostRows) {
    await events.put(db, id, batch.placed.slice(from, from + mostRows));
  }
  for (const [masterId, originalKeys] of batch.displaced) {
    await events.displaceInstances(db, id, { masterId, originalKeys, change, now });
  }
  for (const event of batch.retired) await events.retireSeries(db, event, change);
  for (const masterId of batch.appeared) await events.retellInstances(db, id, masterId, change);
};

/**
 * Takes over the events of an iCalendar text, all in one change: what it says of a UID takes the place of what the calendar has
 * under it, unless that is newer (SEQUENCE) or the same. Throws `notFound`, and `invalid` for text that is no calendar.
 */
export const importCalendar = async (
  ctx: Context,
  { calendarId, text }: { readonly calendarId: string; readonly text: string },
): Promise<ImportReport> => {
  // The text is read before the calendar is locked: nobody should wait for that.
  const { timeZone } = await requireRole(ctx, calendarId, "writer");
  const { series, skipped } = readText(text, timeZone);
  const report = newReport(skipped);
  let forRules = longestForRules;

  const writeAll = async ({ db, calendar }: EventWrite): Promise<ImportReport> => {
    for (let from = 0; from < series.length; from += chunkSize) {
      const chunk = series.slice(from, from + chunkSize);
      const known = await findKnown(
        db,
        calendar,
        chunk.map(({ uid }) => uid),
      );
      const batch = newBatch();
      let turn = performance.now();
      for (const one of chunk) {
        if (performance.now() - turn > longestTurn) {
          await setImmediate();
          turn = performance.now();
        }
        const started = performance.now();
        importSeries({ ctx, calendar, batch, report, hasTimeForRules: forRules > 0 }, one, known(one.uid));
        if (one.main?.recurrence) forRules -= performance.now() - started;
      }
      await write(db, calendar, batch, ctx.now());
    }
    count("EventsWritten", {}, report.created + report.updated);
    return report;
  };
  return writeEvents(ctx, calendarId, writeAll, {
    role: "writer",
    object: ({ created, updated }) => ({ created, updated }),
  });
};
