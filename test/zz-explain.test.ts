import { startApi } from "#test/support/api.ts";
import { newCalendar } from "#test/support/events.ts";
import { openDatabase, sql, row } from "#lib/sql/database.ts";
import * as lists from "#lib/sql/event-lists.ts";
import * as events from "#lib/sql/events.ts";

it("explains", async () => {
  const api = await startApi({ statementTimeoutMs: 10_000 });
  const person = await api.person();
  const big = await newCalendar(person, "UTC");
  const db = await openDatabase(api.databaseUrl, { poolSize: 2, statementTimeoutMs: 120_000 });
  const fill = async (calendarId: string, n: number) => {
    await db.query(sql.type(row())`
      insert into events (calendar_id, id, i_cal_uid, status, recurring, starts_at, ends_at, change, sequence, created_at, updated_at, words, data)
      select ${calendarId}, 'e' || lpad(i::text, 8, '0'), 'u' || i, case when i % 50 = 0 then 'cancelled' else 'confirmed' end, i % 10 = 0,
        s, case when i % 10 = 0 then 'infinity' else s + interval '1 hour' end,
        i + 1, 0, s, timestamptz '2026-01-01' + i * interval '1 second', 'event ' || i,
        jsonb_build_object('start', jsonb_build_object('instant', (extract(epoch from s) * 1000)::bigint, 'local', (extract(epoch from s) * 1000)::bigint, 'zone', 'UTC'),
         'end', jsonb_build_object('instant', (extract(epoch from s) * 1000)::bigint + 3600000, 'local', (extract(epoch from s) * 1000)::bigint + 3600000, 'zone', 'UTC'),
         'recurrence', case when i % 10 = 0 then jsonb_build_array('RRULE:FREQ=YEARLY') end,
         'details', jsonb_build_object('summary', 'event ' || i))
      from (select i, timestamptz '2016-01-01' + (i * 87600.0 / ${n}) * interval '1 hour' as s from generate_series(1, ${n}::int) i) g`);
    await db.query(sql.type(row())`update calendars set change = ${n + 1} where id = ${calendarId}`);
  };
  await fill(big.id, 100_000);
  for (let i = 0; i < 10; i++) { const c = await newCalendar(person, "UTC"); await fill(c.id, 1000); }
  await db.query(sql.type(row())`analyze events`);
  const window = { from: Date.parse("2024-03-01T00:00:00Z"), to: Date.parse("2024-03-02T00:00:00Z"), fromDate: "2024-03-01", toDate: "2024-03-02" };
  const filter = { cancelled: "onlyInstances", properties: [] } as const;
  const explain = (name: string) => {
    const seen: string[] = [];
    const proxy = { any: async (q: any) => { const r: any = await db.any({ ...q, name: undefined, sql: `explain (analyze, buffers, costs off) ${q.sql}` } as any); seen.push(r.map((x: any) => Object.values(x)[0]).join("\n")); return []; } } as any;
    return { proxy, print: () => process.stderr.write(`\n===== ${name}\n${seen.join("\n")}\n`) };
  };
  for (const [name, run] of Object.entries({
    listById: (d: any) => lists.listById(d, big.id, filter, window, "", 251),
    listById_half: (d: any) => lists.listById(d, big.id, filter, { ...window, to: Infinity, toDate: "infinity" }, "", 251),
    listByUpdate: (d: any) => lists.listByUpdate(d, big.id, filter, window, { updated: -Infinity, id: "" }, 251),
    listTimed: (d: any) => lists.listTimed(d, big.id, { ...filter, cancelled: "exclude" }, window, { start: -Infinity, id: "" }, 251),
    listAllDay: (d: any) => lists.listAllDay(d, big.id, { ...filter, cancelled: "exclude" }, window, { date: "-infinity", id: "" }, 251),
    listMasters: (d: any) => lists.listMasters(d, big.id, { ...filter, cancelled: "exclude" }, window),
    listByChange: (d: any) => lists.listByChange(d, big.id, { change: 99_990, id: "" }, 251),
    uid: (d: any) => lists.listById(d, big.id, { ...filter, iCalUID: "u5000" }, { from: -Infinity, to: Infinity, fromDate: "-infinity", toDate: "infinity" }, "", 251),
    q: (d: any) => lists.listById(d, big.id, { ...filter, text: "event 77777" }, { from: -Infinity, to: Infinity, fromDate: "-infinity", toDate: "infinity" }, "", 251),
    props: (d: any) => lists.listById(d, big.id, { ...filter, properties: [{ of: "private", name: "a", value: "b" }] }, { from: -Infinity, to: Infinity, fromDate: "-infinity", toDate: "infinity" }, "", 251),
    findByUids: (d: any) => events.findByUids(d, big.id, ["u1", "u2", "u3"]),
    updatedMin: (d: any) => lists.listById(d, big.id, { ...filter, updatedMin: Date.parse("2026-01-02T03:46:00Z") }, { from: -Infinity, to: Infinity, fromDate: "-infinity", toDate: "infinity" }, "", 251),
  })) {
    const e = explain(name); await run(e.proxy); e.print();
  }
  for (const q of ["singleEvents=true&timeMin=2024-03-01T00:00:00Z&timeMax=2024-03-08T00:00:00Z", "timeMin=2024-03-01T00:00:00Z&timeMax=2024-03-08T00:00:00Z"]) for (let i = 0; i < 3; i++) {
    const t = performance.now(); const r = await big.get(`?${q}`); process.stderr.write(`${q} ${r.status} ${r.body.items?.length} ${performance.now() - t} ms\n`);
  }
  const t = performance.now();
  await db.query(sql.type(row())`delete from events where calendar_id <> ${big.id}`);
  await db.query(sql.type(row())`update calendars set is_primary = false where owner_id = ${person.id}`);
  await db.query(sql.type(row())`update calendars set is_primary = true where id = ${big.id}`);
  const t2 = performance.now();
  const cleared = await person.post(`/calendar/v3/calendars/${encodeURIComponent(big.id)}/clear`);
  process.stderr.write(`clear ${cleared.status} ${JSON.stringify(cleared.body)} ${performance.now() - t2}\n`);
  const t3 = performance.now();
  await db.query(sql.type(row())`update calendars set is_primary = false where id = ${big.id}`);
  const gone = await person.delete(`/calendar/v3/calendars/${encodeURIComponent(big.id)}`);
  process.stderr.write(`delete ${gone.status} ${JSON.stringify(gone.body)} ${performance.now() - t3}\n`);
  await db.close();
  await api.stop();
}, 300_000);
