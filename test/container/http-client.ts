import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";

/** An answer as it came over the wire. */
export interface Reply {
  readonly status: number;
  readonly reason: string;
  /** Names in lower case; repeated ones in order. */
  readonly headers: Record<string, string[]>;
  readonly body: Buffer;
}

/** One request by node:http with exactly these headers (and Connection: close), on a connection of its own. */
export const send = (
  root: string,
  {
    method = "GET",
    target,
    headers = [],
    body = "",
  }: { method?: string; target: string; headers?: string[][]; body?: string | Buffer },
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(root);
    const flat = headers.flat();
    if (!headers.some(([name]) => name?.toLowerCase() === "host")) flat.push("host", `${hostname}:${port}`);
    if (body.length > 0 && !headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name ?? ""))) {
      flat.push("content-length", String(Buffer.byteLength(body)));
    }
    const req = request({ hostname, port, method, path: target, headers: flat, agent: false, setHost: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk: Buffer) => chunks.push(chunk));
      res.on("error", reject);
      res.on("end", () => {
        resolve({
          status: res.statusCode ?? 0,
          reason: res.statusMessage ?? "",
          headers: group(res.rawHeaders),
          body: Buffer.concat(chunks),
        });
      });
    });
    req.on("error", reject);
    req.end(body);
  });

const group = (rawHeaders: string[]): Record<string, string[]> => {
  const headers: Record<string, string[]> = {};
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? "";
    headers[name] = [...(headers[name] ?? []), rawHeaders[i + 1] ?? ""];
  }
  return headers;
};

/** A bare connection that remembers what came. */
export interface Wire {
  readonly socket: Socket;
  /** Waits until `pattern` has come, read as latin1; rejects when the connection ends without it. */
  until(pattern: RegExp): Promise<string>;
  /** Waits until the server has closed the connection, and gives all that came. */
  closed(): Promise<string>;
}

export const openWire = async (root: string): Promise<Wire> => {
  const { hostname, port } = new URL(root);
  const socket = connect(Number(port), hostname);
  let text = "";
  let isClosed = false;
  let wake = (): void => {};
  const change = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    wake();
  });
  socket.on("error", () => {}); // a reset shows as a close
  socket.on("close", () => {
    isClosed = true;
    wake();
  });
  await once(socket, "connect");
  const until = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(text)) {
      if (isClosed) throw new Error(`closed after ${JSON.stringify(text)}`);
      await change();
    }
    return text;
  };
  const closed = async (): Promise<string> => {
    while (!isClosed) await change();
    return text;
  };
  return { socket, until, closed };
};

/** Opens a connection, writes `text`, and gives what came until the server closed it. */
export const exchange = async (root: string, text: string): Promise<string> => {
  const wire = await openWire(root);
  wire.socket.write(text, "latin1");
  return wire.closed();
};
