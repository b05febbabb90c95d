/** Requests as bytes, over connections that are kept. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { WireRequest } from "./requests.ts";

export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly ms: number;
}

const patienceMs = 30_000;

export const createSender = (url: string, sockets: number) => {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets });
  const { port } = new URL(url);
  const once = (request: WireRequest): Promise<WireAnswer> =>
    new Promise((resolve, reject) => {
      const { method, target, body } = request;
      const headers = { Host: "calendar.test", ...request.headers, ...(body && { "Content-Length": String(body.length) }) };
      const startedAt = performance.now();
      const sent = httpRequest({ agent, host: "127.0.0.1", port, method, path: target, headers, timeout: patienceMs }, (res) => {
        const chunks: Buffer[] = [];
        res.on("data", (chunk: Buffer) => chunks.push(chunk));
        res.on("error", reject);
        res.on("end", () => {
          const ms = performance.now() - startedAt;
          const bytes = Buffer.concat(chunks);
          const coding = res.headers["content-encoding"];
          const plain =
            bytes.length === 0
              ? bytes
              : coding === "gzip"
                ? gunzipSync(bytes)
                : coding === "br"
                  ? brotliDecompressSync(bytes)
                  : bytes;
          resolve({ status: res.statusCode ?? 0, headers: res.headers, text: plain.toString("utf8"), ms });
        });
      });
      sent.on("timeout", () => sent.destroy(new Error(`There was no answer within ${patienceMs} ms.`)));
      sent.on("error", (error: NodeJS.ErrnoException) => reject(Object.assign(error, { reused: sent.reusedSocket })));
      sent.end(body);
    });
  return {
    /** Sends it, again when the server had ended the kept connection meanwhile, as it may at any time (RFC 9112 9.5). */
    send: (request: WireRequest): Promise<WireAnswer> =>
      once(request).catch((error: NodeJS.ErrnoException & { reused?: boolean }) => {
        if (error.reused && (error.code === "ECONNRESET" || error.code === "EPIPE")) return once(request);
        throw error;
      }),
    close: () => agent.destroy(),
  };
};
