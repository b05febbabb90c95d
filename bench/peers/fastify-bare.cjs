/** The floor: Fastify and pg with a named statement, one SELECT, and nothing else. `node fastify-bare.cjs <database> <port>` */
const fastify = require("fastify");
const { Pool } = require("pg");

const [connectionString, port] = process.argv.slice(2);
const pool = new Pool({ connectionString, max: 10 });
const text = require("./event-statement.cjs");

const app = fastify();
app.get("/calendar/v3/calendars/:calendarId/events/:eventId", async (request, reply) => {
  const { calendarId, eventId } = request.params;
  const { rows } = await pool.query({ name: "event", text, values: [eventId, calendarId] });
  if (rows.length === 0) return reply.code(404).send();
  return rows[0];
});
app.listen({ port: Number(port), host: "127.0.0.1" });
