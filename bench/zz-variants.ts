import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { startEmbeddedPostgres } from "#container/embedded-postgres.ts";
import { compare, print } from "./load.ts";
import { mkdtempSync } from "node:fs";
const key = "administrator-of-the-bench";
const db = await startEmbeddedPostgres({ dataDir: mkdtempSync("/tmp/bv-"), durable: false });
const variants: [string, Record<string, string>, string?][] = [["base", { TRACE_SAMPLE_RATE: "0.05" }], ["no trace", { TRACE_SAMPLE_RATE: "0" }], ["no log", { TRACE_SAMPLE_RATE: "0", LOG_LEVEL: "SILENT" }], ["live (no db, no key)", { TRACE_SAMPLE_RATE: "0" }, "/health/live"]];
const cs = []; const kids = [];
let id = "";
for (const [i, [name, env, p]] of variants.entries()) {
  const port = 9300 + i;
  const child = spawn(process.execPath, ["dist/container/main.mjs"], { env: { PATH: process.env.PATH, PORT: String(port), DATABASE_URL: db.url, BOOTSTRAP_ADMIN_KEY: key, HOST: "127.0.0.1", ...env }, stdio: ["ignore", "pipe", "ignore"] });
  child.stdout.resume(); kids.push(child);
  const url = `http://127.0.0.1:${port}`;
  for (;;) { if (await fetch(`${url}/health/ready`).then((r) => r.ok, () => false)) break; await delay(50); }
  if (!id) id = ((await (await fetch(`${url}/calendar/v3/calendars/primary/events`, { method: "POST", headers: { "X-API-Key": key, "Content-Type": "application/json" }, body: JSON.stringify({ summary: "Planning", description: "What we do next, and who does it.", location: "Room 4", start: { dateTime: "2026-03-02T09:00:00", timeZone: "Europe/Berlin" }, end: { dateTime: "2026-03-02T10:00:00", timeZone: "Europe/Berlin" }, attendees: [{ email: "ana@example.org" }, { email: "ben@example.org" }] }) })).json()) as { id: string }).id;
  cs.push({ name, port, pid: child.pid as number, path: p ?? `/calendar/v3/calendars/admin@localhost/events/${id}`, headers: { "X-API-Key": key } });
}
print(await compare(cs, { rounds: 8, roundMs: 500 }));
for (const k of kids) k.kill("SIGKILL");
await db.stop();
