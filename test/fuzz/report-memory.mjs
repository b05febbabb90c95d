/** Loaded before the server: on SIGUSR2 it collects garbage and says on standard error what is left. Needs `--expose-gc`. */
process.on("SIGUSR2", async () => {
  // What finalizers let go of, another collection finds.
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  process.stderr.write(`memory ${heapUsed + external} ${rss}\n`);
});
