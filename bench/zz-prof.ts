import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { fillCalendar, middle, week } from "./fill-calendar.ts";
import { headers, startBundle, startDatabase, untilAnswering } from "./server.ts";
import { spawn } from "node:child_process";
const database = await startDatabase();
const server = await startBundle(database.url);
const db = await openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 60_000 });
const ids: string[] = [];
while (ids.length < 200) ids.push(await fillCalendar(server.url, db, 1_000));
await db.query(sql.type(row())`analyze events`);
server.child.kill("SIGKILL");
const child = spawn(process.execPath, ["--cpu-prof", "--cpu-prof-dir=/root/work/freebusy/prof", "--enable-source-maps", "dist/container/main.mjs"], { env: { PATH: process.env.PATH, NODE_ENV: "production", DATABASE_URL: database.url, BOOTSTRAP_ADMIN_KEY: "administrator-of-the-bench", HOST: "127.0.0.1", PORT: "18231" }, stdio: "ignore" });
await untilAnswering("http://127.0.0.1:18231/health/ready");
const body = (n: number) => JSON.stringify({ timeMin: new Date(middle).toISOString(), timeMax: new Date(middle + week).toISOString(), items: ids.slice(0, n).map((id) => ({ id })) });
for (const n of [1, 200, 1, 200]) {
  const b = body(n);
  const t = performance.now();
  for (let i = 0; i < 60; i++) { const r = await fetch("http://127.0.0.1:18231/calendar/v3/freeBusy", { method: "POST", headers: { ...headers, "Content-Type": "application/json", "Accept-Encoding": "identity" }, body: b }); await r.text(); }
  console.log(n, ((performance.now() - t) / 60).toFixed(2), "ms sequential");
}
child.kill("SIGTERM");
await new Promise((r) => child.once("exit", r));
await db.close(); await database.stop();
