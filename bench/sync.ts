/**
 * Reading a calendar of 100 000 events: a sync that has nothing to tell against a GET of one event, and pages of 250 against those
 * of a calendar of 1 000 events.
 */
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { fillCalendar, middle, week } from "./fill-calendar.ts";
import { type Contender, compare, print, ratio } from "./load.ts";
import { headers, startBundle, startDatabase } from "./server.ts";

export const run = async (): Promise<void> => {
  const database = await startDatabase();
  const server = await startBundle(database.url);
  const db = await openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 60_000 });
  const get = async (path: string) => (await (await fetch(`${server.url}${path}`, { headers })).json()) as Record<string, never>;
  const contender = (name: string, path: string): Contender => ({
    name,
    port: server.port,
    pid: server.child.pid as number,
    path,
    headers,
  });
  const eventsOf = (id: string) => `/calendar/v3/calendars/${id}/events`;

  /** Loads two contenders and says how many times as long the second takes. */
  const weigh = async (title: string, one: Contender, other: Contender, most: string): Promise<void> => {
    const results = await compare([one, other], { rounds: 12, roundMs: 700 });
    console.log(title);
    print(results);
    console.log(`  ${other.name} takes ${ratio(results, one.name, other.name).toFixed(2)}x the time of ${one.name} (${most})`);
  };

  try {
    const small = await fillCalendar(server.url, db, 1_000);
    const large = await fillCalendar(server.url, db, 100_000);
    // What autovacuum does in time; the rows have just been written.
    await db.query(sql.type(row())`analyze events`);

    let token = "";
    for (let page = ""; token === ""; ) {
      const { nextPageToken, nextSyncToken } = await get(`${eventsOf(large)}?maxResults=2500&pageToken=${page}`);
      page = nextPageToken ?? "";
      token = nextSyncToken ?? "";
    }
    const { items } = await get(`${eventsOf(large)}?maxResults=1`);
    const [first] = items as unknown as [{ id: string }];
    await weigh(
      "100 000 events: a sync without changes",
      contender("GET of one event", `${eventsOf(large)}/${first.id}`),
      contender("a sync", `${eventsOf(large)}?syncToken=${token}`),
      "under 1.2",
    );

    const start = new Date(middle - 5 * week).toISOString();
    for (const [title, query] of [
      ["A page of 250, series as they are", "maxResults=250"],
      ["A page of 250, from a start on, series expanded", `maxResults=250&singleEvents=true&orderBy=startTime&timeMin=${start}`],
      ["The first page of 250, series expanded", "maxResults=250&singleEvents=true&orderBy=startTime"],
    ] as const) {
      const [one, other] = [contender("1 000 events", `${eventsOf(small)}?${query}`), `${eventsOf(large)}?${query}`];
      await weigh(title, one, contender("100 000 events", other), "at most 1.3");
    }
  } finally {
    server.child.kill("SIGKILL");
    await db.close();
    await database.stop();
  }
};

if (import.meta.main) await run();
