/** People who read and write all the while, on connections that stay open, and notice everything that goes wrong. */
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

const events = "/calendar/v3/calendars/primary/events";

export interface Failed {
  readonly what: string;
  /** When it was sent, and when it failed: `performance.now()`. */
  readonly sentAt: number;
  readonly failedAt: number;
}

export interface Load {
  /** How many requests have been answered rightly so far. */
  answered(): number;
  readonly failed: readonly Failed[];
  /** The targets that have answered, and how often. */
  readonly targets: ReadonlyMap<string, number>;
  /** Requests on their way at this moment. */
  inFlight(): number;
  /** Waits until so many more have been answered. */
  more(number: number): Promise<void>;
  /** Stops, and says the ids of all events that were acknowledged. */
  end(): Promise<readonly string[]>;
}

/** Of ten requests one makes an event, one lists some and eight get one. A request that fails is not sent again. */
export const startLoad = (port: number, key: string, clients = 32): Load => {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const made: string[] = [];
  const failed: Failed[] = [];
  const targets = new Map<string, number>();
  let answered = 0;
  let inFlight = 0;
  let isOver = false;

  const send = (method: string, path: string, body?: string) =>
    // biome-ignore lint/suspicious/noExplicitAny: answers of several shapes.
    new Promise<any>((resolve, reject) => {
      const headers = { "X-API-Key": key, ...(body && { "Content-Type": "application/json" }) };
      const sent = request({ agent, host: "127.0.0.1", port, method, path, headers, timeout: 20_000 }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        answer.once("error", reject).once("end", () => {
          if (answer.statusCode !== 200) return reject(new Error(`${answer.statusCode} ${text.slice(0, 200)}`));
          const target = String(answer.headers["x-target"]);
          targets.set(target, (targets.get(target) ?? 0) + 1);
          try {
            resolve(JSON.parse(text));
          } catch {
            reject(new Error(`half an answer: ${text.slice(0, 100)}`));
          }
        });
      });
      sent
        .once("timeout", () => sent.destroy(new Error("no answer")))
        .once("error", reject)
        .end(body);
    });

  const once = async (client: number, turn: number): Promise<string | undefined> => {
    const known = made[(client * 7 + turn) % Math.max(made.length, 1)];
    if (turn % 10 === 0 || known === undefined) {
      const summary = `Of ${client}, ${turn}`;
      const at = { dateTime: "2026-03-02T09:00:00Z" };
      const event = await send("POST", events, JSON.stringify({ summary, start: at, end: { dateTime: "2026-03-02T10:00:00Z" } }));
      if (event.summary !== summary) return "another event's answer";
      made.push(event.id);
      return undefined;
    }
    if (turn % 10 === 5) return (await send("GET", `${events}?maxResults=5`)).items.length > 0 ? undefined : "an empty list";
    return (await send("GET", `${events}/${known}`)).id === known ? undefined : "another event";
  };

  const clientLoop = async (client: number): Promise<void> => {
    for (let turn = 0; !isOver; turn += 1) {
      const sentAt = performance.now();
      inFlight += 1;
      const wrong = await once(client, turn).catch((error: NodeJS.ErrnoException) =>
        `${error.code ?? ""} ${error.message}`.trim(),
      );
      inFlight -= 1;
      if (wrong === undefined) answered += 1;
      else failed.push({ what: wrong, sentAt, failedAt: performance.now() });
    }
  };
  const running = Array.from({ length: clients }, (_, client) => clientLoop(client));

  return {
    answered: () => answered,
    failed,
    targets,
    inFlight: () => inFlight,
    more: async (number) => {
      const goal = answered + number;
      while (answered < goal) await delay(20);
    },
    end: async () => {
      isOver = true;
      await Promise.all(running);
      agent.destroy();
      return made;
    },
  };
};
