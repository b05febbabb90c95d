/** A receiver of push messages, as a client runs one: it notes what comes and answers as it is told to. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

export interface Message {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Headers under the names they were sent with. */
  readonly rawHeaders: readonly string[];
  readonly channel: string;
  readonly state: string;
  readonly number: number;
}

type Answer = (request: IncomingMessage, response: ServerResponse, message: Message) => void;

export interface Receiver {
  readonly url: string;
  readonly messages: Message[];
  /** `number state` of each message of a channel. */
  of(channel: string): string[];
  /** How the next requests are answered; 200 at first. */
  answer: Answer;
  close(): Promise<void>;
}

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.writeHead(code, headers).end();
  };

export const startReceiver = async (): Promise<Receiver> => {
  const messages: Message[] = [];
  const receiver = { answer: status(200) };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const headers = request.headers as Record<string, string | undefined>;
    const message: Message = {
      at: Date.now(),
      method: request.method ?? "",
      path: request.url ?? "",
      headers,
      body,
      rawHeaders: request.rawHeaders,
      channel: headers["x-goog-channel-id"] ?? "",
      state: headers["x-goog-resource-state"] ?? "",
      number: Number(headers["x-goog-message-number"]),
    };
    messages.push(message);
    receiver.answer(request, response, message);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${port}/hook?secret=1`,
    messages,
    of: (channel: string) =>
      messages.filter((message) => message.channel === channel).map(({ number, state }) => `${number} ${state}`),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
};

/** Waits until something holds. */
export const until = async (holds: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> => {
  for (const deadline = Date.now() + withinMs; !(await holds()); await delay(20)) {
    if (Date.now() > deadline) throw new Error("It did not happen in time.");
  }
};
