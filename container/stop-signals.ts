/**
 * What is done when the process is told to end. It is imported before anything else: as the first process of a container Node disregards
 * SIGTERM and SIGINT until somebody listens. Before the program has started there is nothing to end.
 */
let stop: (signal: string) => void = () => process.exit(0);

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop(signal));

/** Has the program's own end done from now on. */
export const onStopSignal = (listener: (signal: string) => void): void => {
  stop = listener;
};
