/**
 * `npm run load -- <environment or URL> [--seconds 60] [--rate 50] [--p95 500] [--errors 0.1]`: reads and writes, so many a second, in a
 * calendar of its own. Fails when the 95th percentile (ms) or the share of errors (percent; any answer that is none of 2xx is one) is
 * above what is promised, or when less than nine tenths of the rate came through.
 */
import { parseArgs } from "node:util";
import autocannon, { type Request } from "autocannon";
import { keyOf, main, urlOf } from "./target.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "60" },
    rate: { type: "string", default: "50" },
    p95: { type: "string", default: "500" },
    errors: { type: "string", default: "0.1" },
  },
});
const connections = 10;
const day = 86_400_000;

/** What each connection does over and over: an event's life, and the reads that calendars get between. */
const requestsOf = (calendar: string, id: string): Request[] => {
  const at = (ms: number) => new Date(Math.floor(Date.now() / day) * day + ms).toISOString();
  const window = `timeMin=${at(0)}&timeMax=${at(7 * day)}`;
  const ofMine = (request: Request): Request => ({
    ...request,
    setupRequest: (sent, context) => ({ ...sent, path: `${calendar}/events/${(context as { id?: string }).id}` }),
  });
  const list: Request = { method: "GET", path: `${calendar}/events?singleEvents=true&orderBy=startTime&${window}` };
  return [
    {
      method: "POST",
      path: `${calendar}/events`,
      body: JSON.stringify({ summary: "load", start: { dateTime: at(day) }, end: { dateTime: at(day + 3_600_000) } }),
      onResponse: (status, body, context) => {
        if (status === 200) (context as { id?: string }).id = (JSON.parse(body) as { id: string }).id;
      },
    },
    ofMine({ method: "GET" }),
    list,
    ofMine({ method: "PATCH", body: JSON.stringify({ summary: "patched" }) }),
    list,
    {
      method: "POST",
      path: "/calendar/v3/freeBusy",
      body: JSON.stringify({ timeMin: at(0), timeMax: at(7 * day), items: [{ id }] }),
    },
    list,
    ofMine({ method: "DELETE" }),
  ];
};

await main(async () => {
  const url = urlOf(positionals[0]);
  const headers = { "X-API-Key": await keyOf(positionals[0]), "Content-Type": "application/json" };
  const call = async (method: string, path: string, body?: object) => {
    const answer = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${method} ${path.split("/")[3]} was answered ${answer.status}.`);
    return answer;
  };
  const made = await call("POST", "/calendar/v3/calendars", { summary: "load test", timeZone: "UTC" });
  const { id } = (await made.json()) as { readonly id: string };
  const calendar = `/calendar/v3/calendars/${encodeURIComponent(id)}`;
  const times: number[] = [];
  let result: autocannon.Result;
  try {
    const running = autocannon({
      url,
      headers,
      connections,
      duration: Number(values.seconds),
      overallRate: Number(values.rate),
      requests: requestsOf(calendar, id),
    });
    running.on("response", (_client, _status, _bytes, ms) => times.push(ms));
    result = await running;
  } finally {
    await call("DELETE", calendar);
  }
  times.sort((one, other) => one - other);
  const p95 = times[Math.ceil(times.length * 0.95) - 1] ?? Number.POSITIVE_INFINITY;
  const bad = result.non2xx + result.errors;
  const errors = (100 * bad) / Math.max(1, times.length + result.errors);
  const perSecond = times.length / result.duration;
  process.stdout.write(
    `${times.length} requests, ${perSecond.toFixed(1)} a second; median ${times[times.length >> 1]?.toFixed(0)} ms, ` +
      `95 % within ${p95.toFixed(0)} ms; ${bad} errors (${errors.toFixed(2)} %).\n`,
  );
  const complaints = [
    p95 > Number(values.p95) && `95 % are to be answered within ${values.p95} ms.`,
    errors > Number(values.errors) && `At most ${values.errors} % may be errors.`,
    perSecond < 0.9 * Number(values.rate) && `${values.rate} requests a second were asked for.`,
  ].filter((complaint) => complaint !== false);
  if (complaints.length > 0) throw new Error(complaints.join("\n"));
});
