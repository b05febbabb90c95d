/** Health, smoke and load against a real server, and against servers that are not well. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type OwnPostgres, startOwnPostgres } from "#test/support/own-postgres.ts";
import { callServer, type ServerProcess, startServer } from "#test/support/server-process.ts";
import { program, run } from "./run.ts";

let key: string;
let postgres: OwnPostgres;
let server: ServerProcess;
const open: Server[] = [];
beforeAll(async () => {
  postgres = await startOwnPostgres([]);
  server = await startServer({ DATABASE_URL: postgres.url });
  // With the rights that docs/delivery.md asks for, and no more.
  const person = await callServer(server.url, "POST", "/v1/users", { email: "smoke@example.org", displayName: "Smoke" });
  const made = await callServer(server.url, "POST", `/v1/users/${person.body.id}/keys`, {
    name: "smoke",
    scopes: ["events.write", "calendars.write"],
  });
  key = made.body.key;
}, 180_000);
afterAll(async () => {
  for (const one of open) one.close();
  await server.kill("SIGKILL");
  await postgres.stop();
});

/** A server that answers as it is told; its URL. */
const answering = async (listener: RequestListener): Promise<string> => {
  const broken = createServer(listener).listen(0, "127.0.0.1");
  open.push(broken);
  await new Promise((resolve) => broken.once("listening", resolve));
  return `http://127.0.0.1:${(broken.address() as AddressInfo).port}`;
};
const status =
  (code: number): RequestListener =>
  (_request, response) =>
    response.writeHead(code, { "Content-Type": "application/json" }).end("{}");

const calendarsThatAreLeft = async (): Promise<number> => {
  const { body } = await callServer(server.url, "GET", "/calendar/v3/users/me/calendarList", undefined, { "X-API-Key": key });
  return body.items.filter(({ summary }: { summary: string }) => /test$/.test(summary)).length;
};

describe("npm run health", () => {
  it("waits until a server has been ready several times in a row", async () => {
    let asked = 0;
    const starting = await answering((request, response) => {
      asked += 1;
      status(request.url === "/health/ready" && (asked === 1 || asked === 3) ? 503 : 200)(request, response);
    });

    const { code, stdout } = await run(`${program("health")} ${starting} --times 3 --seconds 20`);

    expect([code, stdout]).toEqual([0, expect.stringContaining("is ready: 3 times in a row.")]);
    expect(asked).toBe(7); // 503, 200, 503, then three, then the version
  });

  it("passes a real one", async () => {
    expect((await run(`${program("health")} ${server.url} --times 2`)).code).toBe(0);
  });

  it.each([
    ["answers 503", () => answering(status(503)), "last: 503"],
    ["is not there", async () => "http://127.0.0.1:1", "last: "],
    [
      "sends to somebody else",
      () => answering((_, response) => response.writeHead(302, { Location: server.url }).end()),
      "last: ",
    ],
  ])("fails for one that %s", async (_, start, says) => {
    const { code, stderr } = await run(`${program("health")} ${await start()} --times 2 --seconds 1`);
    expect([code, stderr]).toEqual([1, expect.stringContaining(says)]);
  });

  it("fails for one that is another build", async () => {
    const old = await answering((_, response) =>
      response.writeHead(200).end(JSON.stringify({ kind: "calendar#version", version: "1.0.0", commit: "aaa", builtAt: null })),
    );
    const health = (commit: string) => run(`${program("health")} ${old} --times 1 --commit ${commit}`);

    expect(await health("bbb")).toMatchObject({ code: 1, stderr: expect.stringContaining("runs the commit aaa, not bbb") });
    expect(await health("aaa")).toMatchObject({ code: 0, stdout: expect.stringContaining("version 1.0.0, commit aaa") });
  });
});

describe("npm run smoke", () => {
  const smoke = (url: string, SMOKE_API_KEY = key) => run(`${program("smoke")} ${url}`, { SMOKE_API_KEY });

  it("passes a real server, and leaves nothing behind", async () => {
    const { code, stdout, stderr } = await smoke(server.url);

    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.match(/^ok /gm)).toHaveLength(10);
    expect(await calendarsThatAreLeft()).toBe(0);
  }, 180_000);

  it("fails with a wrong key, which it does not print", async () => {
    const { code, stdout, stderr } = await smoke(server.url, "some-other-key-of-nobody");

    expect([code, stderr]).toEqual([1, expect.stringContaining("Failed: make a calendar: 401")]);
    expect(stdout + stderr).not.toContain("some-other-key-of-nobody");
  }, 180_000);

  it("fails where every answer is 500", async () => {
    const { code, stderr } = await smoke(await answering(status(500)));
    expect([code, stderr]).toEqual([1, expect.stringContaining("Failed: make a calendar: 500")]);
  }, 180_000);

  it("fails where one answer is wrong, and cleans up nonetheless", async () => {
    const lying = await answering(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { "x-api-key": sent = "", "content-type": type, "if-match": match } = request.headers;
      const answer = await fetch(server.url + request.url, {
        method: request.method ?? "GET",
        headers: { "X-API-Key": String(sent), ...(type && { "Content-Type": type }), ...(match && { "If-Match": match }) },
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      });
      const text = await answer.text();
      response.writeHead(answer.status, { "Content-Type": "application/json" });
      response.end(request.url?.endsWith("/freeBusy") ? text.replace(/"busy": ?\[[^\]]*\]/, '"busy":[]') : text);
    });

    const { code, stderr } = await smoke(lying);

    expect([code, stderr]).toEqual([1, expect.stringContaining("Failed: see it as busy")]);
    expect(await calendarsThatAreLeft()).toBe(0);
  }, 180_000);

  it("asks for a key, and for a server", async () => {
    expect(await smoke(server.url, "")).toMatchObject({
      code: 1,
      stderr: "SMOKE_API_KEY must have an API key of that server.\n",
    });
    expect(await smoke("nowhere")).toMatchObject({ code: 1, stderr: "Say which environment: dev, staging, production.\n" });
  });
});

describe("npm run load", () => {
  const load = (url: string, options: string) => run(`${program("load")} ${url} --seconds 3 ${options}`, { SMOKE_API_KEY: key });

  it("passes a real server at a rate that it bears, and leaves nothing behind", async () => {
    const { code, stdout, stderr } = await load(server.url, "--rate 40 --p95 2000");

    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^\d+ requests, .* 0 errors \(0\.00 %\)/);
    expect(await calendarsThatAreLeft()).toBe(0);
  }, 180_000);

  it.each([
    ["too slow", "--rate 40 --p95 0", "95 % are to be answered within 0 ms"],
    ["unable to bear the rate", "--rate 1000000 --p95 60000", "1000000 requests a second were asked for"],
  ])(
    "fails for one that is %s",
    async (_, options, says) => {
      const { code, stderr } = await load(server.url, options);
      expect([code, stderr]).toEqual([1, expect.stringContaining(says)]);
      expect(await calendarsThatAreLeft()).toBe(0);
    },
    30_000,
  );

  it("fails for one that answers reads with 500", async () => {
    const ill = await answering((request, response) => {
      if (request.method === "GET") return status(500)(request, response);
      response.writeHead(200, { "Content-Type": "application/json" }).end('{"id":"a"}');
    });
    const { code, stderr } = await load(ill, "--rate 40");
    expect([code, stderr]).toEqual([1, expect.stringContaining("At most 0.1 % may be errors.")]);
  }, 180_000);
});
