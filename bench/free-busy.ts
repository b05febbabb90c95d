/** Free/busy of one week: 200 calendars of 1 000 events, 10 % of them recurring, in one request, against one of them. */
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { fillCalendar, middle, week } from "./fill-calendar.ts";
import { type Contender, compare, print, ratio } from "./load.ts";
import { headers, startBundle, startDatabase } from "./server.ts";

const many = 200;

export const run = async (): Promise<void> => {
  const database = await startDatabase();
  const server = await startBundle(database.url);
  const db = await openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 60_000 });
  try {
    const ids: string[] = [];
    while (ids.length < many) ids.push(await fillCalendar(server.url, db, 1_000));
    // What autovacuum does in time; the rows have just been written.
    await db.query(sql.type(row())`analyze events`);
    const contenders = [1, many].map((count): Contender => {
      const window = { timeMin: new Date(middle).toISOString(), timeMax: new Date(middle + week).toISOString() };
      return {
        name: `${count} calendar${count === 1 ? "" : "s"}`,
        port: server.port,
        pid: server.child.pid as number,
        path: "/calendar/v3/freeBusy",
        headers,
        body: JSON.stringify({ ...window, items: ids.slice(0, count).map((id) => ({ id })) }),
      };
    });
    const results = await compare(contenders, { rounds: 8, roundMs: 1_500 });
    console.log("Free/busy of one week, calendars of 1 000 events");
    print(results);
    const [one, all] = contenders.map(({ name }) => name) as [string, string];
    console.log(`  ${many} calendars take ${ratio(results, one, all).toFixed(1)}x the time of one (at most 40)`);
  } finally {
    server.child.kill("SIGKILL");
    await db.close();
    await database.stop();
  }
};

if (import.meta.main) await run();
