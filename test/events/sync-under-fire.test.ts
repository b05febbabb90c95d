import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, type Item, newCalendar, queryOf, type TestCalendar } from "#test/support/events.ts";

let api: Api;
let person: Person;
beforeAll(async () => {
  api = await startApi();
  person = await api.person();
});
afterAll(() => api.stop());

/** A client's copy of a calendar, kept up by sync tokens alone. */
const mirrorOf = (calendar: TestCalendar, pageSize: number) => {
  const held = new Map<string, Item>();
  let syncToken: string | undefined;
  return {
    held,
    sync: async (): Promise<void> => {
      for (let pageToken: string | undefined; ; ) {
        const query = { maxResults: pageSize, ...(syncToken && { syncToken }), ...(pageToken && { pageToken }) };
        const { status, body } = await person.get(`${calendar.path}?${queryOf(query)}`);
        if (status !== 200) throw new Error(`The sync was refused: ${JSON.stringify(body)}`);
        for (const item of body.items) {
          if (item.status === "cancelled") held.delete(item.id);
          else held.set(item.id, item);
        }
        pageToken = body.nextPageToken;
        if (!pageToken) {
          syncToken = body.nextSyncToken;
          return;
        }
      }
    },
  };
};

it("loses no change of hundreds of writers at once, whatever the size of the pages", async () => {
  const calendar = await newCalendar(person);
  const mirrors = [mirrorOf(calendar, 2), mirrorOf(calendar, 50)];
  const writers = 300;
  let writing = true;

  const write = async (index: number): Promise<void> => {
    const made = await calendar.insert({ ...at("2026-03-02T09:00:00"), summary: `Event ${index}` });
    if (index % 3 === 0) await calendar.patch(made.id, { summary: `Changed ${index}` });
    if (index % 5 === 0) await calendar.delete(made.id);
  };
  const read = async (mirror: (typeof mirrors)[number]): Promise<number> => {
    let rounds = 0;
    for (; writing; rounds += 1) await mirror.sync();
    return rounds;
  };
  const reading = Promise.all(mirrors.map(read));
  await Promise.all(Array.from({ length: writers }, (_, index) => write(index)));
  writing = false;
  for (const rounds of await reading) expect(rounds).toBeGreaterThan(1);

  const whole = (await calendar.list()).items;
  expect(whole).toHaveLength(writers - writers / 5);
  for (const mirror of mirrors) {
    await mirror.sync();
    expect([...mirror.held.values()].sort(byId)).toEqual(whole.sort(byId));
  }
});

const byId = (one: Item, other: Item): number => (one.id < other.id ? -1 : 1);

it("tells of a change that was begun before a sync and commits after it", async () => {
  const calendar = await newCalendar(person);
  const made = await calendar.insert({ ...at("2026-03-02T09:00:00"), summary: "Early" });
  const mirror = mirrorOf(calendar, 10);
  await mirror.sync();
  const db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 10_000 });
  try {
    const later = await db.inTransaction(async (slow) => {
      const { change } = await slow.one(sql.type(row<{ change: number }>())`
        update calendars set change = change + 1 where id = ${calendar.id} returning change
      `);
      await slow.query(sql.type(row())`
        update events set change = ${change}, data = jsonb_set(data, '{details,summary}', '"Late"')
        where calendar_id = ${calendar.id} and id = ${made.id}
      `);
      const other = calendar.insert({ ...at("2026-03-03T09:00:00"), summary: "Other" });
      // The other writer waits for this one; meanwhile a client syncs, and is given a token.
      await mirror.sync();
      expect([...mirror.held.values()].map(({ summary }) => summary)).toEqual(["Early"]);
      return { other };
    });
    await later.other;
  } finally {
    await db.close();
  }
  await mirror.sync();
  expect([...mirror.held.values()].map(({ summary }) => summary).sort()).toEqual(["Late", "Other"]);
});

it("pages through a list without losing or repeating what stands, while others write", async () => {
  const calendar = await newCalendar(person);
  const standing = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      calendar.insert(at(`2026-03-${String((index % 28) + 1).padStart(2, "0")}T09:00:00`)),
    ),
  );
  let writing = true;
  const disturb = async (): Promise<void> => {
    while (writing) {
      const { id } = await calendar.insert(at("2026-03-15T09:00:00"));
      await calendar.delete(id);
    }
  };
  const disturbing = Promise.all([disturb(), disturb()]);
  const wanted = new Set(standing.map(({ id }) => id));
  try {
    for (const query of [{}, { singleEvents: true, orderBy: "startTime" }]) {
      const ids = (await calendar.list({ ...query, maxResults: 7 })).items.map(({ id }) => id).filter((id) => wanted.has(id));
      expect(ids).toHaveLength(60);
      expect(new Set(ids)).toEqual(wanted);
    }
  } finally {
    writing = false;
    await disturbing;
  }
});
