import "./powertools-mode.ts";
import { InvokeStore, InvokeStoreBase } from "@aws/lambda-invoke-store";

/** What a request is known by while it runs; log lines, metrics and segments take it from here. */
export interface RequestScope {
  readonly requestId: string;
  /** The caller's own id for the whole story, or the trace root when it sent none. */
  readonly correlationId: string;
  /** X-Ray root, `1-<8 hex>-<24 hex>`. */
  readonly traceId: string;
  readonly sampled: boolean;
}

const store = await InvokeStore.getInstanceAsync();
const scopeKey = Symbol("calendar.request");
const { REQUEST_ID, X_RAY_TRACE_ID } = InvokeStoreBase.PROTECTED_KEYS;

/** Runs one request in a scope of its own: whatever awaits inside sees this request's ids and nobody else's. */
export const inScope = <T>(request: RequestScope, run: () => T): T =>
  store.run(
    {
      [REQUEST_ID]: request.requestId,
      [X_RAY_TRACE_ID]: `Root=${request.traceId};Sampled=${request.sampled ? 1 : 0}`,
      [scopeKey]: request,
    },
    run,
  );

/** The request that is running here; undefined at start-up and in background work. */
export const currentRequest = (): RequestScope | undefined => store.get(scopeKey) as RequestScope | undefined;
