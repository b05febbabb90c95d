/** A file that is sent as it is, where an answer is too long for memory. Whoever has it reads the stream to its end or destroys it. */
export interface Download {
  readonly stream: NodeJS.ReadableStream & { destroy(): void };
  /** Bytes. */
  readonly length: number;
  /** What a browser shall call it: letters, digits, `-` and `.` alone. */
  readonly filename: string;
}
