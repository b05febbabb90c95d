import { startApi } from "#test/support/api.ts";
import { at, newCalendar, on } from "#test/support/events.ts";
const seed = Number(process.env.SEED ?? 1);
let state = seed;
const random = (n: number) => { state = (state + 0x6d2b79f5) | 0; let m = Math.imul(state ^ (state >>> 15), 1 | state); m = (m + Math.imul(m ^ (m >>> 7), 61 | m)) ^ m; return Math.floor((((m ^ (m >>> 14)) >>> 0) / 2 ** 32) * n); };
const pick = <T>(l: readonly T[]): T => l[random(l.length)] as T;
const junk = [null, "", "x", 0, -1, 1.5, 1e300, true, [], {}, [null], [[]], { a: null }, "\u0000", "2026-03-08T02:30:00", "2026-03-09", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "America/New_York", "Pacific/Apia", "Asia/Beirut", "RRULE:FREQ=DAILY", ["RRULE:FREQ=SECONDLY"], ["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"], ["RDATE;VALUE=PERIOD:20260310T130000Z/P20D"], ["RRULE:FREQ=DAILY;UNTIL=00010101"], ["RRULE:FREQ=DAILY;UNTIL=99991231T235959Z"], ["RDATE:99991231T235959Z"], ["RDATE;VALUE=DATE:00010101"], ["EXDATE:20260309"], ["RRULE:FREQ=MONTHLY;BYDAY=5MO", "EXRULE:FREQ=YEARLY"], ["RDATE;TZID=Pacific/Apia:20111230T090000"], { date: "9999-12-30" }, { date: "0001-01-01" }, { dateTime: "0001-01-01T00:00:00Z" }, { dateTime: "9999-12-31T23:59:59Z", timeZone: "Pacific/Kiritimati" }, { dateTime: "2011-12-30T09:00:00", timeZone: "Pacific/Apia" }, "cancelled", "tentative", 2147483647, "a".repeat(5000), { private: { a: "b" } }, [{ email: "a@b" }], { useDefault: true, overrides: [{ method: "email", minutes: 1 }] }];
const base = () => pick([() => at("2026-03-09T09:00:00", "America/New_York"), () => on("2026-03-09", 2), () => ({ ...at("2026-03-01T02:30:00", "America/New_York"), recurrence: ["RRULE:FREQ=DAILY;COUNT=20"] }), () => ({ ...on("2026-03-09"), recurrence: ["RRULE:FREQ=WEEKLY"] })])();
const fields = ["start", "end", "recurrence", "summary", "status", "sequence", "attendees", "reminders", "extendedProperties", "iCalUID", "originalStartTime", "id", "eventType", "organizer", "endTimeUnspecified", "attendeesOmitted", "source", "start.dateTime", "start.date", "start.timeZone", "end.dateTime", "end.date", "end.timeZone", "extendedProperties.private"];
const body = () => { const b: any = structuredClone(base()); for (let n = random(3); n >= 0; n--) { const [a, c] = pick(fields).split("."); if (c) { b[a as string] = { ...(typeof b[a as string] === "object" ? b[a as string] : {}), [c]: pick(junk) }; } else b[a as string] = pick(junk); } return b; };
it("never fails", async () => {
  const api = await startApi(); const person = await api.person(); const c = await newCalendar(person, "America/New_York");
  const ids: string[] = ["none"]; const statuses: Record<string, number> = {};
  for (let i = 0; i < 1500; i++) {
    const started = performance.now();
    let id = pick(ids);
    if (random(2)) { const r = await c.get(`${id}/instances?maxResults=5&showDeleted=true`); if (r.body.items?.length) id = pick(r.body.items as any[]).id; if (r.status >= 500) throw new Error("instances " + JSON.stringify(r.body)); }
    const b = body(); const kind = random(7);
    let r;
    try {
    if (kind < 2) { r = await c.post("", b); if (r.status === 200) ids.push(r.body.id); }
    else if (kind === 2) r = await c.patch(id, random(2) ? b : Object.fromEntries(Object.entries(b).slice(2)));
    else if (kind === 3) r = await c.put(id, b);
    else if (kind === 4) r = await c.post("import", { iCalUID: `u${random(3)}`, ...b });
    else if (kind === 5 && random(3) === 0) r = await c.delete(id);
    else { const q = [`timeMin=${pick(["0001-01-01T00:00:00Z", "2026-03-09T00:00:00Z", "9999-12-31T00:00:00Z"])}`, `singleEvents=${pick(["true", "false"])}`, `timeZone=${pick(["Pacific/Apia", "UTC", "Asia/Tokyo"])}`, `showDeleted=${pick(["true", "false"])}`, `maxResults=${1 + random(300)}`, random(2) ? "orderBy=updated" : ""].filter(() => random(2)).join("&"); r = await c.get(`?${q}`); (r as any).q = q; }
    } catch (e) { throw new Error(`${i} kind ${kind} ${id} ${JSON.stringify(b).slice(0, 1500)}: ${e}`); }
    statuses[`${kind} ${r.status}`] = (statuses[`${kind} ${r.status}`] ?? 0) + 1;
    if (r.status >= 500) throw new Error(`${i} kind ${kind} ${id} ${(r as any).q ?? ""} ${JSON.stringify(b).slice(0, 1500)}: ${JSON.stringify(r.body)} ${api.lines.filter((l) => l.includes("unforeseen")).at(-1)?.slice(0, 1500)}`);
    if (performance.now() - started > 1500) process.stderr.write(`slow ${performance.now() - started} kind ${kind} ${(r as any).q ?? ""} ${JSON.stringify(b).slice(0, 500)}\n`);
  }
  process.stderr.write(JSON.stringify(statuses) + "\n");
  await api.stop();
}, 280_000);
