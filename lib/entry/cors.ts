/**
 * What lets pages of other origins call the API from a browser (Fetch standard, "CORS protocol"), for the origins in CORS_ORIGINS.
 * Callers show a key, never a cookie, so browsers need no credentials mode.
 */
import { configuration } from "./services.ts";

/** Headers of answers that a page may read, beside those every page may. */
const exposed =
  "Date, ETag, Idempotent-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Correlation-Id, X-Request-Id";

/** Headers of requests that a page may set: ours, and those that Google's clients for browsers send. */
const allowed = [
  "Authorization",
  "Content-Type",
  "Idempotency-Key",
  "If-Match",
  "If-None-Match",
  "X-API-Key",
  "X-Amzn-Trace-Id",
  "X-ClientDetails",
  "X-Correlation-Id",
  "X-Goog-Api-Client",
  "X-Goog-Api-Key",
  "X-JavaScript-User-Agent",
  "X-Requested-With",
];

/** What a preflight is told, whichever endpoint the path is: the request itself is refused if it has no such method. */
export const preflightHeaders = {
  "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
  "access-control-allow-headers": allowed.join(", "),
  // Two hours: Chromium remembers no longer.
  "access-control-max-age": "7200",
};

/** Adds to an answer what lets a page of the request's origin read it. @returns whether there was anything to add. */
export const setCorsHeaders = (headers: Record<string, string>, origin: string | undefined): boolean => {
  const origins = configuration()?.corsOrigins ?? [];
  if (origins.length === 0) return false;
  const isOpen = origins[0] === "*";
  // Also for other origins and none: a cache must not give one page what was meant for another.
  if (!isOpen) headers.vary = headers.vary ? `${headers.vary}, Origin` : "Origin";
  if (!isOpen && (origin === undefined || !origins.includes(origin))) return false;
  headers["access-control-allow-origin"] = isOpen ? "*" : (origin as string);
  headers["access-control-expose-headers"] = exposed;
  return true;
};
