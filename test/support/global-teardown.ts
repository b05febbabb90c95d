/** After the last test file of a run. */
export default async (): Promise<void> => {
  await globalThis.disposeDatabases?.();
};
