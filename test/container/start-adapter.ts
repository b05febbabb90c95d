import type { ALBResult } from "aws-lambda";
import { type Adapter, type AdapterOptions, createAdapter, type Refusal } from "#container/adapter.ts";

export interface Started {
  readonly adapter: Adapter;
  readonly root: string;
  /** Every refusal that the adapter made, in order. */
  readonly refusals: Refusal[];
}

const started: Adapter[] = [];

/** An adapter on a free port of this machine; refusals answer with their kind as JSON. */
export const startAdapter = async (options: Partial<AdapterOptions> & Pick<AdapterOptions, "mounts">): Promise<Started> => {
  const refusals: Refusal[] = [];
  const adapter = createAdapter({
    refuse: (refusal): ALBResult => {
      refusals.push(refusal);
      return {
        statusCode: refusal.status,
        multiValueHeaders: { "Content-Type": ["application/json"] },
        body: JSON.stringify({ kind: refusal.kind }),
      };
    },
    maxBodyBytes: 1_000_000,
    maxConcurrent: 10,
    maxQueued: 10,
    ...options,
  });
  started.push(adapter);
  return { adapter, root: await adapter.listen(0, "127.0.0.1"), refusals };
};

/** Ends all adapters that a test has started, at once. */
export const stopAdapters = async (): Promise<void> => {
  await Promise.all(started.splice(0).map((adapter) => adapter.drain({ deadlineMs: 0 })));
};

/** A promise with its ends in the test's hands. */
export const gate = (): { opened: Promise<void>; open: () => void } => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
};

/** Waits until `condition` holds; a test that waits in vain runs into jest's time limit. */
export const eventually = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};
