/**
 * What browsers are told of every answer (OWASP, REST Security Cheat Sheet, "Security headers"). Left out: X-Frame-Options, which
 * frame-ancestors replaces; Permissions-Policy, Cross-Origin-Opener-Policy and -Embedder-Policy, which speak of documents, and these
 * are none; X-XSS-Protection, which browsers have given up.
 */
const always: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  // Other sites may not put answers into their pages as images or scripts. Pages let in by CORS ask in another mode, and may read.
  "cross-origin-resource-policy": "same-origin",
};

/** Where the endpoint has not said otherwise. Google's Cache-Control: it may be kept by the caller, and is asked after each time. */
const unlessSet: Readonly<Record<string, string>> = {
  "cache-control": "private, max-age=0, must-revalidate, no-transform",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

/** A year. Hosts below this one are not ours to speak for. */
const transportSecurity = "max-age=31536000";

/** Adds what is missing. @param isEncrypted clients reach this server over https, whatever the load balancer speaks to it. */
export const setSecurityHeaders = (headers: Record<string, string>, isEncrypted: boolean): void => {
  Object.assign(headers, always);
  for (const name in unlessSet) headers[name] ??= unlessSet[name] as string;
  if (isEncrypted) headers["strict-transport-security"] = transportSecurity;
};

/** The parts of a batch do without: they come as one answer, which has them. */
export const isForWholeAnswers = (name: string): boolean =>
  name in always || name === "content-security-policy" || name === "strict-transport-security";
