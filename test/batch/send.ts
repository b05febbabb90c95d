import type { Answer, Api, Call } from "#test/support/api.ts";

/** One answer within a batch's. */
export interface PartAnswer {
  readonly contentId: string | undefined;
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly body: any;
  /** `error.errors[0].reason` of a failure. */
  readonly reason: string | undefined;
}

export const type = "multipart/mixed; boundary=limes";

/** A part of a batch: its request as it stands on the wire, under an id. */
export const part = (id: string, request: string): string =>
  `Content-Type: application/http\r\nContent-ID: <${id}>\r\n\r\n${request}`;

/** A request with a JSON body. */
export const write = (method: string, url: string, body: object, headers = ""): string =>
  `${method} ${url} HTTP/1.1\r\n${headers}Content-Type: application/json\r\n\r\n${JSON.stringify(body)}`;

/** The body of a batch. */
export const multipart = (parts: readonly string[]): string =>
  `${parts.map((text) => `--limes\r\n${text}\r\n`).join("")}--limes--\r\n`;

const readAnswer = (text: string): PartAnswer => {
  const [head = "", answerHead = "", ...rest] = text.split("\r\n\r\n");
  const [statusLine = "", ...lines] = answerHead.split("\r\n");
  const contentId = /^Content-ID: (.*)$/m.exec(head)?.[1];
  if (!/^Content-Type: application\/http$/m.test(head)) throw new Error(`A part is not application/http: ${head}`);
  const [, status] = /^HTTP\/1\.1 (\d{3}) [A-Z].*$/.exec(statusLine) ?? [];
  if (status === undefined) throw new Error(`A part has no status line: ${statusLine}`);
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
  );
  const content = rest.join("\r\n\r\n");
  const body = content === "" ? undefined : JSON.parse(content);
  return { contentId, status: Number(status), headers, body, reason: body?.error?.errors?.[0]?.reason };
};

/** The parts of a batch's answer. */
export const readAnswers = (answer: Answer): PartAnswer[] => {
  const boundary = /^multipart\/mixed; boundary=(\w+)$/.exec(answer.headers.get("content-type") ?? "")?.[1];
  if (answer.status !== 200 || !boundary)
    throw new Error(`The batch was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
  const texts = `\r\n${answer.body}`.split(`\r\n--${boundary}`);
  if (texts[0] !== "" || texts.at(-1) !== "--\r\n") throw new Error("The answer does not begin and end with its boundary.");
  return texts.slice(1, -1).map((text) => readAnswer(text.slice(2)));
};

/** Sends a batch of raw bytes and gives its answer as it is. */
export const sendRaw = (api: Api, body: string, { key, headers }: Omit<Call, "body"> = {}, path = ""): Promise<Answer> =>
  api.call("POST", `/batch/calendar/v3${path}`, {
    ...(key !== undefined && { key }),
    body,
    headers: { "Content-Type": type, ...headers },
  });

/** Sends parts as a batch, by the person whose key it is. */
export const send = async (api: Api, parts: readonly string[], call: Omit<Call, "body"> = {}): Promise<PartAnswer[]> =>
  readAnswers(await sendRaw(api, multipart(parts), call));
