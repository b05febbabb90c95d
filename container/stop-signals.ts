/** What is done when the process is told to end. Before the program has started there is nothing to end. */
let stop: (signal: string) => void = () => process.exit(0);

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop(signal));

/** Has the program's own end done from now on. */
export const onStopSignal = (listener: (signal: string) => void): void => {
  stop = listener;
};
