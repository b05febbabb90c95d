/**
 * One week with series expanded, 10 % of the events recurring: a calendar of 100 000 events against one of 100. Both have the
 * same number of events in a week, so the answer is the same size; the large calendar just goes on for a thousand times as long.
 */
import { newEvent } from "#lib/domain/events/insert.ts";
import { place } from "#lib/domain/events/place.ts";
import * as calendars from "#lib/sql/calendars.ts";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import * as events from "#lib/sql/events.ts";
import * as users from "#lib/sql/users.ts";
import { type Contender, compare, print, ratio } from "./load.ts";
import { headers, post, startBundle, startDatabase } from "./server.ts";

const hour = 3_600_000;
const week = 7 * 24 * hour;
const perWeek = 20;
/** The week that is listed: Monday 2 March 2026, UTC. */
const listed = Date.UTC(2026, 2, 2);

/** Events evenly over the weeks before and after the listed one; every tenth is a weekly series of five, so that series overlap. */
const eventsOf = (count: number) => {
  // Of the small calendar the listed week is the last: by then as many series run at once as in the middle of the large one.
  const firstWeek = listed - Math.max(count / perWeek / 2, 4) * week;
  return Array.from({ length: count }, (_, index) => {
    const instant = firstWeek + Math.floor(index / perWeek) * week + (index % perWeek) * 7 * hour;
    return {
      status: "confirmed" as const,
      start: { instant, local: instant, zone: "UTC" },
      end: { instant: instant + hour, local: instant + hour, zone: "UTC" },
      details: { summary: `Event ${index}`, description: "What we do next, and who does it." },
      ...(index % 10 === 0 && { recurrence: ["RRULE:FREQ=WEEKLY;COUNT=5"] }),
    };
  });
};

export const run = async (): Promise<void> => {
  const database = await startDatabase();
  const server = await startBundle(database.url);
  const db = await openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 60_000 });
  try {
    const admin = await users.findByEmail(db, "admin@localhost");
    const caller = { userId: admin?.id ?? "", email: "admin@localhost", keyId: "", isAdmin: true };
    const contenders: Contender[] = [];
    for (const count of [100, 100_000]) {
      const { id } = await post(server.url, "/calendar/v3/calendars", { summary: `${count} events`, timeZone: "UTC" });
      const calendar = await calendars.find(db, id, caller);
      if (!calendar) throw new Error("The calendar is missing.");
      const drafts = eventsOf(count);
      for (let from = 0; from < drafts.length; from += 2_000) {
        const ctx = { caller, now: Date.now } as Parameters<typeof newEvent>[0];
        const placed = drafts.slice(from, from + 2_000).map((draft) => place(newEvent(ctx, calendar, draft)));
        await events.put(db, id, placed);
      }
      const window = `timeMin=${new Date(listed).toISOString()}&timeMax=${new Date(listed + week).toISOString()}`;
      const path = `/calendar/v3/calendars/${id}/events?singleEvents=true&orderBy=startTime&${window}`;
      const { items } = (await (await fetch(`${server.url}${path}`, { headers })).json()) as { items: unknown[] };
      contenders.push({
        name: `${count} events, ${items.length} in the week`,
        port: server.port,
        pid: server.child.pid as number,
        path,
        headers,
      });
    }
    // What autovacuum does in time; the rows have just been written.
    await db.query(sql.type(row())`analyze events`);
    const results = await compare(contenders, { rounds: 12, roundMs: 500 });
    console.log("One week expanded, 10 % of the events recurring");
    print(results);
    const [small, large] = contenders.map(({ name }) => name) as [string, string];
    console.log(`  100 000 events take ${ratio(results, small, large).toFixed(2)}x the time of 100 (at most 1.5)`);
  } finally {
    server.child.kill("SIGKILL");
    await db.close();
    await database.stop();
  }
};

if (import.meta.main) await run();
