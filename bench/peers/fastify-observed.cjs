/**
 * What teams run: Fastify and pg with a log line per request (pino), metrics (prom-client), traces (OpenTelemetry's automatic
 * instrumentation, preloaded by the caller, 5 % sampled) and the same check of an API key.
 * `node --require @opentelemetry/auto-instrumentations-node/register fastify-observed.cjs <database> <port> <secret hex>`
 */
const { createHmac, timingSafeEqual } = require("node:crypto");
const fastify = require("fastify");
const { Pool } = require("pg");
const { Counter, Histogram } = require("prom-client");

const [connectionString, port, secretHex] = process.argv.slice(2);
const pool = new Pool({ connectionString, max: 10 });
const secret = Buffer.from(secretHex, "hex");
const text = require("./event-statement.cjs");

const latency = new Histogram({
  name: "http_request_seconds",
  help: "Time to answer.",
  labelNames: ["method", "route", "status"],
});
const answers = new Counter({ name: "http_requests_total", help: "Answers.", labelNames: ["route", "status"] });

const known = new Map();
const identify = async (key) => {
  const hash = createHmac("sha256", secret).update(key).digest();
  const name = hash.toString("base64");
  const found = known.get(name);
  if (found && found.until > Date.now()) return found.owner;
  const { rows } = await pool.query({
    name: "key",
    text: "select id, user_id, hash from api_keys where hash = $1",
    values: [hash],
  });
  const owner = rows[0] && timingSafeEqual(rows[0].hash, hash) ? rows[0] : undefined;
  known.set(name, { owner, until: Date.now() + 15_000 });
  return owner;
};

const app = fastify({ logger: true });
app.addHook("onRequest", async (request, reply) => {
  const key = request.headers["x-api-key"];
  const owner = key && (await identify(key));
  if (!owner) return reply.code(401).send({ error: "Invalid credentials" });
  request.owner = owner;
});
app.addHook("onResponse", async (request, reply) => {
  const route = request.routeOptions.url;
  latency.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  answers.inc({ route, status: reply.statusCode });
});
app.get("/calendar/v3/calendars/:calendarId/events/:eventId", async (request, reply) => {
  const { calendarId, eventId } = request.params;
  const { rows } = await pool.query({ name: "event", text, values: [eventId, calendarId] });
  if (rows.length === 0) return reply.code(404).send();
  return rows[0];
});
app.listen({ port: Number(port), host: "127.0.0.1" });
