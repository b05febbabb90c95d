/** Many requests at once in one process: each log line, metric and trace segment must carry its own request's ids, and no other's. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

interface Segment {
  readonly name: string;
  readonly trace_id: string;
  readonly annotations?: Record<string, string>;
  readonly subsegments?: readonly { readonly name: string; readonly annotations?: Record<string, string> }[];
}

const requests = 300;
const segments: Segment[] = [];
let daemon: Socket;

beforeAll(async () => {
  daemon = createSocket("udp4");
  daemon.on("message", (packet) => segments.push(JSON.parse(packet.toString().split("\n")[1] as string)));
  daemon.bind(0, "127.0.0.1");
  await once(daemon, "listening");
  // The SDK reads it when it is imported, so everything of ours is imported after this.
  process.env.AWS_XRAY_DAEMON_ADDRESS = `127.0.0.1:${(daemon.address() as AddressInfo).port}`;
});
afterAll(() => daemon.close());

const traceOf = (number: number) => `1-65aa0000-${number.toString(16).padStart(24, "0")}`;
const correlationOf = (number: number) => `story-${number}`;

it("keeps hundreds of interleaved requests apart in logs, metrics and traces", async () => {
  const { createAdapter } = await import("#container/adapter.ts");
  const { refuse } = await import("#container/refuse.ts");
  const { mountsOf } = await import("#container/routes.ts");
  const { endpoint } = await import("#lib/entry/endpoint.ts");
  const { log } = await import("#lib/observe/logger.ts");
  const { flushMetrics } = await import("#lib/observe/metrics.ts");
  const { tracedStep } = await import("#lib/observe/tracer.ts");
  const { currentRequest } = await import("#lib/observe/scope.ts");
  const { object, text } = await import("#lib/schema.ts");
  const { startApi } = await import("#test/support/api.ts");
  const api = await startApi({ traceSampleRate: 1 });
  const pause = () => delay(Math.random() * 20);

  const probe = endpoint({
    id: "probe.wander",
    route: "GET /probe/{number}",
    summary: "Wander about.",
    description: "Waits, logs and traces, so that requests interleave.",
    access: "public",
    scope: "none",
    path: { number: text() },
    reply: object({ correlationId: text() }),
    errors: [],
    async run(_ctx, { path }) {
      log.info("first", { number: path.number });
      await pause();
      log.appendKeys({ own: path.number });
      await tracedStep(`step ${path.number}`, pause);
      log.info("second", { number: path.number });
      log.error("third", new Error(`number ${path.number}`));
      return { correlationId: currentRequest()?.correlationId ?? "none" };
    },
  });
  const adapter = createAdapter({ mounts: mountsOf([probe]), refuse, maxBodyBytes: 1000, maxConcurrent: 1000, maxQueued: 1000 });
  const url = await adapter.listen(0, "127.0.0.1");

  const answers = await Promise.all(
    Array.from({ length: requests }, async (_, number) => {
      const response = await fetch(`${url}/probe/${number}`, {
        headers: { "X-Correlation-Id": correlationOf(number), "X-Amzn-Trace-Id": `Root=${traceOf(number)};Sampled=0` },
      });
      return { number, header: response.headers.get("x-correlation-id"), body: await response.json() };
    }),
  );
  for (let patience = 0; patience < 50 && segments.length < requests; patience += 1) await delay(50);
  flushMetrics();
  await adapter.drain({ deadlineMs: 1000 });
  await api.stop();

  for (const { number, header, body } of answers) {
    expect(header).toBe(correlationOf(number));
    expect(body).toEqual({ correlationId: correlationOf(number) });
  }

  const lines = api.lines.map((line) => JSON.parse(line));
  const ofRequests = lines.filter(({ correlation_id: id }) => String(id).startsWith("story-"));
  expect(ofRequests).toHaveLength(requests * 4);
  for (const { correlation_id: id, xray_trace_id: trace, message, number, own, error } of ofRequests) {
    const own_ = Number(String(id).slice("story-".length));
    expect(trace).toContain(traceOf(own_));
    if (message === "first" || message === "second") expect(number).toBe(String(own_));
    if (message === "second" || message === "third" || message === "request") expect(own).toBe(String(own_));
    if (message === "third") expect(error.message).toBe(`number ${own_}`);
  }

  const latencies = lines.filter(({ _aws, Route }) => _aws && Route === "probe.wander").flatMap(({ Latency }) => Latency);
  expect(latencies).toHaveLength(requests);
  expect(JSON.stringify(lines.filter(({ _aws }) => _aws))).not.toContain("story-");

  expect(segments).toHaveLength(requests);
  for (const { trace_id: trace, annotations, subsegments } of segments) {
    const number = Number.parseInt(trace.slice(-24), 16);
    expect(annotations).toMatchObject({ correlation_id: correlationOf(number), route: "GET /probe/{number}" });
    expect(subsegments).toMatchObject([{ name: `step ${number}` }]);
  }
});
