import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import type { ALBResult } from "aws-lambda";
import type { DownloadResult } from "#lib/entry/answer.ts";
import type { Download } from "#lib/model/download.ts";

/** The file that is the body of a handler's answer, if it has one. */
export const fileOf = (answer: ALBResult): Download | undefined => (answer as Partial<DownloadResult> | undefined)?.download;

/**
 * Sends a file after the head, as fast as the client takes it, and closes it, however that ends. When the client goes away reading stops;
 * when reading fails the connection breaks, so that nobody takes a part for the whole.
 */
export const sendFile = (req: IncomingMessage, res: ServerResponse, stream: Download["stream"]): void => {
  if (req.method === "HEAD") {
    stream.destroy();
    res.end();
    return;
  }
  pipeline(stream, res, () => {});
};
