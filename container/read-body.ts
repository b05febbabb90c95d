import type { IncomingMessage } from "node:http";

/** Why a body was not read to its end; "gone" is a client that left, to whom nothing needs to be said. */
export type BodyFailure = "tooLarge" | "timeout" | "gone";

/** Whether the request says that a body follows (RFC 9112 section 6.3). */
export const hasBody = (req: IncomingMessage): boolean => {
  const length = req.headers["content-length"];
  return (length !== undefined && length !== "0") || req.headers["transfer-encoding"] !== undefined;
};

/**
 * Collects a request's body and hands it to `done`, once. A body that grows beyond `maxBytes`, or is not there after
 * `timeoutMs`, is given up at that moment: what was collected is dropped and the stream is left paused.
 */
export const readBody = (
  req: IncomingMessage,
  { maxBytes, timeoutMs }: { maxBytes: number; timeoutMs: number },
  done: (body: Buffer | BodyFailure) => void,
): void => {
  let chunks: Buffer[] = [];
  let length = 0;

  const finish = (body: Buffer | BodyFailure): void => {
    clearTimeout(timer);
    req.off("data", onData).off("end", onEnd);
    req.socket.off("close", onClose);
    chunks = [];
    done(body);
  };
  const onData = (chunk: Buffer): void => {
    length += chunk.length;
    if (length > maxBytes) {
      req.pause();
      finish("tooLarge");
    } else chunks.push(chunk);
  };
  const onEnd = (): void => finish(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length));
  const onClose = (): void => finish("gone");

  const timer = setTimeout(() => {
    req.pause();
    finish("timeout");
  }, timeoutMs);
  req.on("data", onData).on("end", onEnd);
  req.socket.on("close", onClose); // not the request's own: Node forgets a request that has been answered, read or not
};

const lingerMs = 2_000;
const lingerBytes = 64 * 1024 * 1024;

/**
 * Reads and throws away what a client still sends after it was refused, for a while and up to a size, then calls `done`.
 * Closing a socket with unread bytes in it makes the kernel reset the connection, and the client may lose the answer that
 * is already on its way.
 */
export const discardBody = (req: IncomingMessage, done: () => void): void => {
  let left = lingerBytes;
  const finish = (): void => {
    clearTimeout(timer);
    req.off("data", onData).off("end", finish);
    req.socket.off("close", finish);
    done();
  };
  const onData = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) finish();
  };
  const timer = setTimeout(finish, lingerMs);
  req.on("data", onData).on("end", finish);
  req.socket.on("close", finish);
  req.resume();
};
