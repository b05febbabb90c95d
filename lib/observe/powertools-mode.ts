import { serviceNames } from "./metric-catalogue.ts";

/**
 * Puts Powertools and the X-Ray SDK into the mode a server with many requests in flight needs. Both read the environment while
 * they are imported, so every file here imports this one first; a task definition that sets the same variables wins.
 *
 * - `AWS_LAMBDA_MAX_CONCURRENCY`: Powertools keeps keys, metrics and segments per InvokeStore scope instead of per process.
 * - `AWS_XRAY_MANUAL_MODE`: the X-Ray SDK leaves async_hooks alone, which would cost every promise of the process.
 * - `POWERTOOLS_SERVICE_NAME`: what the program is called in logs, metrics and traces; workers have a name of their own.
 * - `AWS_EXECUTION_ENV`: the Tracer traces nothing where it is empty, as it is on a laptop; ECS and Lambda set it.
 */
process.env.AWS_LAMBDA_MAX_CONCURRENCY ??= "64";
process.env.AWS_XRAY_MANUAL_MODE ??= "true";
process.env.AWS_EXECUTION_ENV ||= "local";
process.env.POWERTOOLS_SERVICE_NAME ||= serviceNames.api;

/** How this program is named in logs, metrics and traces. */
export const serviceName = process.env.POWERTOOLS_SERVICE_NAME;
