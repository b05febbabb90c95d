import { randomUUID } from "node:crypto";
import { close, createReadStream, createWriteStream, fstat, open, unlink } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { ZipFile } from "yazl";
import type { Download } from "#lib/model/download.ts";

export type Archive = Omit<Download, "filename">;

/** A file of an archive; its text is asked for when its turn comes. */
export interface ArchiveFile {
  readonly name: string;
  readonly text: () => AsyncIterable<string> | Iterable<string>;
}

const openFile = promisify(open);
const closeFile = promisify(close);

/** Text like JSON becomes a sixth at this level, and hardly less at dearer ones. */
const compressionLevel = 3;

/**
 * Makes a zip archive on disk, one file after the other, whatever their size. So it is whole before anybody is sent the first byte, and
 * its length is known. The file has no name from the beginning on: it is gone when it is closed, however the process ends.
 */
export const spoolArchive = async (files: readonly ArchiveFile[], at: Date): Promise<Archive> => {
  const path = join(tmpdir(), `calendar-export-${randomUUID()}`);
  const fd = await openFile(path, "wx+", 0o600);
  try {
    await promisify(unlink)(path);
    const zip = new ZipFile();
    const output = zip.outputStream as PassThrough;
    const fail = (error: unknown) => output.destroy(error as Error);
    zip.on("error", fail);
    for (const { name, text } of files) {
      zip.addReadStreamLazy(name, { mtime: at, mode: 0o100600, compressionLevel }, (give) =>
        give(null, Readable.from(text(), { objectMode: false }).on("error", fail)),
      );
    }
    zip.end();
    await pipeline(output, createWriteStream("", { fd, autoClose: false }));
    const { size } = await promisify(fstat)(fd);
    return { stream: createReadStream("", { fd, start: 0 }), length: size };
  } catch (error) {
    await closeFile(fd);
    throw error;
  }
};
