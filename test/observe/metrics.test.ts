import { log } from "#lib/observe/logger.ts";
import { count, flushMetrics, gauge, sample } from "#lib/observe/metrics.ts";
import { redirectOutput } from "#lib/observe/output.ts";
import { inScope } from "#lib/observe/scope.ts";

let lines: string[];
let restore: () => void;
beforeEach(() => {
  lines = [];
  restore = redirectOutput((line) => lines.push(line));
});
afterEach(() => restore());

const flushed = () => {
  flushMetrics();
  return lines.splice(0).map((line) => JSON.parse(line));
};

describe("metrics", () => {
  it("leave as one line per set of dimension values, with the units of the catalogue", () => {
    sample("Latency", { Route: "events.get" }, 1.234);
    sample("Latency", { Route: "events.get" }, 5);
    sample("Latency", { Route: "events.list" }, 7);
    count("Faults", { Route: "events.get" });
    count("EventsWritten", {}, 3);
    count("EventsWritten", {}, 4);
    gauge("InFlight", {}, 9);
    gauge("InFlight", {}, 2);

    const written = flushed();

    expect(written).toHaveLength(3);
    const [ofGet, ofList, ofProcess] = written;
    expect(ofGet).toMatchObject({ service: "calendar-api", Route: "events.get", Latency: [1.23, 5], Faults: 1 });
    expect(ofGet._aws.CloudWatchMetrics).toEqual([
      {
        Namespace: "CalendarApi",
        Dimensions: [["service", "Route"]],
        Metrics: [
          { Name: "Latency", Unit: "Milliseconds" },
          { Name: "Faults", Unit: "Count" },
        ],
      },
    ]);
    expect(ofList).toMatchObject({ Route: "events.list", Latency: 7 });
    expect(ofProcess).toMatchObject({ EventsWritten: 7, InFlight: 2 });
    expect(ofProcess).not.toHaveProperty("Route");
  });

  it("keep every sample and its dimension beyond the hundred that a line may hold, and count once", () => {
    for (let value = 1; value <= 250; value += 1) sample("Latency", { Route: "events.get" }, value);
    count("Faults", { Route: "events.get" }, 3);

    const written = flushed();

    expect(written).toHaveLength(3);
    for (const line of written) {
      expect(line.Route).toBe("events.get");
      expect(line._aws.CloudWatchMetrics[0].Dimensions).toEqual([["service", "Route"]]);
      expect(line.Latency.length).toBeLessThan(100);
    }
    expect(written.flatMap(({ Latency }) => Latency)).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
    expect(written.map(({ Faults }) => Faults)).toEqual([3, undefined, undefined]);
  });

  it("begin anew after they were written", () => {
    count("EventsWritten", {}, 3);
    expect(flushed()).toHaveLength(1);
    expect(flushed()).toEqual([]);

    count("EventsWritten", {}, 1);

    expect(flushed()).toMatchObject([{ EventsWritten: 1 }]);
  });

  it("keep to their memory when nobody flushes", () => {
    for (let value = 0; value < 30_000; value += 1) sample("Latency", { Route: "events.get" }, 1);

    expect(flushed().flatMap(({ Latency }) => Latency)).toHaveLength(20_000);
  });
});

describe("log lines", () => {
  const request = {
    requestId: "request-1",
    correlationId: "story-1",
    traceId: "1-65aa0000-000000000000000000000001",
    sampled: false,
  };

  it("carry the ids of the request that wrote them", () => {
    inScope(request, () => log.info("inside", { number: 1 }));
    log.info("outside");

    const [inside, outside] = lines.map((line) => JSON.parse(line));
    expect(inside).toMatchObject({
      level: "INFO",
      message: "inside",
      number: 1,
      request_id: "request-1",
      correlation_id: "story-1",
      xray_trace_id: request.traceId,
    });
    expect(outside).not.toHaveProperty("request_id");
  });

  it("tell of an error its name, text, stack, code and cause, and nothing of the row or the values it carries", () => {
    const cause = Object.assign(new Error("duplicate key value"), { code: "23505", detail: "Key (email)=(ana@example.org)" });
    const error = Object.assign(new TypeError("did not work", { cause }), {
      sql: "insert into users",
      values: ["ana@example.org"],
      row: { email: "ana@example.org" },
    });

    inScope(request, () => log.error("unforeseen failure", error));

    expect(JSON.parse(lines[0] as string)).toMatchObject({
      level: "ERROR",
      correlation_id: "story-1",
      error: {
        name: "TypeError",
        message: "did not work",
        stack: expect.stringContaining("metrics.test.ts"),
        cause: { message: "duplicate key value", code: "23505" },
      },
    });
    expect(lines.join()).not.toContain("ana@example.org");
    expect(lines.join()).not.toContain("insert into");
  });
});
