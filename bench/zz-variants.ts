import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { fillCalendar } from "./fill-calendar.ts";
import { startBundle, startDatabase } from "./server.ts";
const database = await startDatabase();
const server = await startBundle(database.url);
const db = await openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 60_000 });
try {
const ids: string[] = [];
while (ids.length < 200) ids.push(await fillCalendar(server.url, db, 1_000));
await db.query(sql.type(row())`analyze events`);
const { default: pg } = await import("pg" as string);
const c = new pg.Client(database.url); await c.connect();
await c.query("set plan_cache_mode = force_generic_plan");
const busy = "e.calendar_id = w.id and e.busy and e.status <> 'cancelled'";
const timedW = "e.starts_at is not null and not e.recurring and tstzrange(e.starts_at, e.ends_at, '[]') && tstzrange($2, $3, '[]') and e.starts_at < $3 and e.ends_at > $2";
const timedB = "e.starts_at is not null and not e.recurring and e.starts_at >= $2 and e.starts_at < $3 and e.ends_at > $2";
const ser = "e.starts_at is not null and e.recurring and tstzrange(e.starts_at, e.ends_at, '[]') && tstzrange($2, $3, '[]')";
const v: Record<string, string> = {
 timedRows: `select w.n, b.* from unnest($1::text[]) with ordinality w(id,n) cross join lateral (select e.starts_at, e.ends_at from events e where ${busy} and ${timedW}) b`,
 timedBtree: `select w.n, b.* from unnest($1::text[]) with ordinality w(id,n) cross join lateral (select e.starts_at, e.ends_at from events e where ${busy} and ${timedB}) b`,
 timedArr: `select w.n, b.* from unnest($1::text[]) with ordinality w(id,n) cross join lateral (select array_agg((extract(epoch from starts_at)*1000)::int8)::text s, array_agg((extract(epoch from ends_at)*1000)::int8)::text e from (select e.starts_at, e.ends_at, row_number() over () / 100 as p from events e where ${busy} and ${timedW}) t group by p) b`,
 timedArrTz: `select w.n, b.* from unnest($1::text[]) with ordinality w(id,n) cross join lateral (select array_agg(starts_at)::text s, array_agg(ends_at)::text e from (select e.starts_at, e.ends_at, row_number() over () / 100 as p from events e where ${busy} and ${timedW}) t group by p) b`,
 timedJson: `select w.n, b.* from unnest($1::text[]) with ordinality w(id,n) cross join lateral (select json_agg(json_build_array((extract(epoch from starts_at)*1000)::int8,(extract(epoch from ends_at)*1000)::int8)) s from (select e.starts_at, e.ends_at, row_number() over () / 100 as p from events e where ${busy} and ${timedW}) t group by p) b`,
 serRows: `select w.n, b.* from unnest($1::text[]) with ordinality w(id,n) cross join lateral (select jsonb_build_object('start', e.data->'start', 'end', e.data->'end', 'recurrence', e.data->'recurrence') d from events e where ${busy} and ${ser}) b`,
 serMinus: `select w.n, b.* from unnest($1::text[]) with ordinality w(id,n) cross join lateral (select e.data - 'details' d from events e where ${busy} and ${ser}) b`,
 serPack: `select w.n, b.* from unnest($1::text[]) with ordinality w(id,n) cross join lateral (select json_agg(d) d from (select e.data - 'details' d, row_number() over () / 100 as p from events e where ${busy} and ${ser}) t group by p) b`,
 serPackOver: `select w.n, b.* from unnest($1::text[]) with ordinality w(id,n) cross join lateral (select json_agg(json_build_array(d,o)) d from (select e.data - 'details' d, case when exists (select from events o where o.calendar_id = e.calendar_id and o.master_id = e.id) then array(select o.original_key from events o where o.calendar_id = e.calendar_id and o.master_id = e.id) end o, row_number() over () / 100 as p from events e where ${busy} and ${ser}) t group by p) b`,
 serNothing: `select w.n, b.* from unnest($1::text[]) with ordinality w(id,n) cross join lateral (select e.id from events e where ${busy} and ${ser}) b`,
};
const from = "2026-03-02T00:00:00Z", to = "2026-03-09T00:00:00Z";
for (let round = 0; round < 2; round++) for (const [name, text] of Object.entries(v)) {
  const q = { name, text, values: [ids, from, to] };
  for (let i = 0; i < 5; i++) await c.query(q);
  const t = performance.now(); const cpu = process.cpuUsage(); let n = 0;
  for (let i = 0; i < 15; i++) n = (await c.query(q)).rows.length;
  const d = process.cpuUsage(cpu);
  console.log(name.padEnd(14), n, ((performance.now() - t) / 15).toFixed(1), "ms, js cpu", ((d.user + d.system) / 15000).toFixed(1));
}
await c.end();
} finally { server.child.kill("SIGKILL"); await db.close(); await database.stop(); }
