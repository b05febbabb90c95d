import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { compare, print } from "./load.ts";
const key = "administrator-of-the-bench";
const child = spawn(process.execPath, ["--cpu-prof", "--cpu-prof-dir=/tmp/prof", ...(process.argv[2] ?? "container/main.ts").split(" ")], { env: { PATH: process.env.PATH, PORT: "9123", DATA_DIR: "/tmp/prof/data", BOOTSTRAP_ADMIN_KEY: key, HOST: "127.0.0.1", TRACE_SAMPLE_RATE: process.env.RATE ?? "0.05" }, stdio: ["ignore", "pipe", "inherit"] });
child.stdout.resume();
const url = "http://127.0.0.1:9123";
for (;;) { if (await fetch(`${url}/health/ready`).then((r) => r.ok, () => false)) break; await delay(50); }
const made: any = await (await fetch(`${url}/calendar/v3/calendars/primary/events`, { method: "POST", headers: { "X-API-Key": key, "Content-Type": "application/json" }, body: JSON.stringify({ summary: "Planning", description: "What we do next, and who does it.", location: "Room 4", start: { dateTime: "2026-03-02T09:00:00", timeZone: "Europe/Berlin" }, end: { dateTime: "2026-03-02T10:00:00", timeZone: "Europe/Berlin" }, attendees: [{ email: "ana@example.org" }, { email: "ben@example.org" }] }) })).json();
print(await compare([{ name: "ours", port: 9123, pid: child.pid as number, path: `/calendar/v3/calendars/admin@localhost/events/${made.id}`, headers: { "X-API-Key": key } }], { rounds: 8 }));
child.kill("SIGTERM");
await new Promise((r) => child.on("exit", r));
