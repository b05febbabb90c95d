import sonicBoom from "sonic-boom";

/** Where log lines and metrics go, a line at a time without its newline. */
export type Output = (line: string) => void;

let output: Output = (line) => {
  process.stdout.write(`${line}\n`);
};

export const writeLine: Output = (line) => output(line);

/** Sends lines somewhere else (tests, buffered standard output); answers the way back. */
export const redirectOutput = (next: Output): (() => void) => {
  const previous = output;
  output = next;
  return () => {
    output = previous;
  };
};

const flushEveryMs = 100;
const maxBufferedBytes = 16 * 1024 * 1024;

/**
 * Buffers standard output: a write per line would cost more than the request it tells of. Lines leave when 8 kB are full or after
 * 100 ms; a reader that stops reading costs at most 16 MB, then lines are dropped rather than memory lost.
 *
 * @returns `flush` writes everything out and waits for it: call it last, at exit; `dropped` counts the lines lost so far.
 */
export const bufferStandardOutput = (): { readonly flush: () => void; readonly dropped: () => number } => {
  const stream = new sonicBoom.SonicBoom({ fd: 1, sync: false, minLength: 8192, maxLength: maxBufferedBytes });
  let dropped = 0;
  stream.on("drop", () => {
    dropped += 1;
  });
  // A closed pipe (`npm start | head`) must not take the server down with it.
  stream.on("error", () => undefined);
  const timer = setInterval(() => stream.flush(), flushEveryMs);
  timer.unref();
  redirectOutput((line) => {
    stream.write(`${line}\n`);
  });
  return {
    flush: () => {
      try {
        stream.flushSync();
      } catch {
        // Nothing left to tell it to: standard output is gone.
      }
    },
    dropped: () => dropped,
  };
};
