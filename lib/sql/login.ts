/** How a connection to the database is made: where to, as whom, and over which TLS. The only code that reads a database's URL. */
import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";

/** A password that may change while the program runs. */
export interface Password {
  /** The one to try for this user now. */
  of(user: string): Promise<string>;
  /** The last one was refused: has the next one be another, if there is one. */
  renew(user: string): Promise<void>;
}

export interface Login {
  /** `postgresql://user:password@host:port/database`; also with `sslmode`, `sslrootcert`, `sslcert` and `sslkey`, as libpq has them. */
  readonly url: string;
  /** Instead of the one in the URL. */
  readonly password?: Password | undefined;
}

/**
 * The TLS that a URL asks for. `require`, `verify-ca` and `verify-full` are one: encrypted, the certificate by a known authority and
 * for this very host. `no-verify` encrypts alone; without `sslmode` a root certificate stands for `verify-full`.
 */
const tlsOf = ({ searchParams }: URL): ConnectionOptions | undefined => {
  const [mode, ca, cert, key] = ["sslmode", "sslrootcert", "sslcert", "sslkey"].map(
    (name) => searchParams.get(name) ?? undefined,
  );
  if (mode === "disable" || (mode === undefined && ca === undefined)) return undefined;
  return {
    rejectUnauthorized: mode !== "no-verify",
    ...(ca !== undefined && { ca: readFileSync(ca, "utf8") }),
    ...(cert !== undefined && { cert: readFileSync(cert, "utf8") }),
    ...(key !== undefined && { key: readFileSync(key, "utf8") }),
  };
};

/** A login as slonik takes it: its own reading of a URL knows no `verify-full`. */
export const readLogin = (login: Login | string) => {
  const { url: text, password } = typeof login === "string" ? { url: login } : login;
  const url = new URL(text);
  const ssl = tlsOf(url);
  for (const name of ["sslmode", "sslrootcert", "sslcert", "sslkey"]) url.searchParams.delete(name);
  const user = decodeURIComponent(url.username);
  return {
    url: url.href,
    user,
    ssl,
    password: password && (() => password.of(user)),
    renew: password && (() => password.renew(user)),
  };
};

/** The same as the driver below takes it, for what brings a pool of its own. */
export const clientOptions = (login: Login | string) => {
  const { url, user, ssl, password } = readLogin(login);
  const { hostname, port, pathname, password: fixed, searchParams } = new URL(url);
  return {
    host: decodeURIComponent(hostname) || (searchParams.get("host") ?? "localhost"),
    port: Number(port || 5432),
    database: decodeURIComponent(pathname.slice(1)),
    user,
    ...(ssl && { ssl }),
    ...(password ? { password } : fixed ? { password: decodeURIComponent(fixed) } : {}),
  };
};

/** PostgreSQL's invalid_password and invalid_authorization_specification, however deep slonik has put them. */
const isRefused = (error: unknown): boolean => {
  for (let reason = error, depth = 0; reason && depth < 5; reason = (reason as { readonly cause?: unknown }).cause, depth += 1) {
    const { code } = reason as { readonly code?: unknown };
    if (code === "28P01" || code === "28000") return true;
  }
  return false;
};

const mostTries = 4;

/** Makes a connection, again with another password when one is refused that may have changed. */
export const withRenewal = async <T>(renew: (() => Promise<void>) | undefined, connect: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await connect();
    } catch (error) {
      if (!renew || tries === mostTries || !isRefused(error)) throw error;
      await renew();
    }
  }
};
