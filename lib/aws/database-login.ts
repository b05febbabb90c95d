/** The login of a database whose user and password are kept in AWS Secrets Manager, as RDS keeps and rotates them. */
import type { Login, Password } from "#lib/sql/login.ts";
import type { SecretReader } from "./secret.ts";

/** How old what is known of a secret may be when a connection is made; connections are made seldom. */
const freshSeconds = 10;

/** What RDS writes; a secret that RDS itself manages has the first two alone. */
interface DatabaseSecret {
  readonly username: string;
  readonly password: string;
  readonly host?: string;
  readonly port?: number | string;
  readonly dbname?: string;
}

const parse = (text: string): DatabaseSecret => {
  let secret: Partial<DatabaseSecret> | null;
  try {
    secret = JSON.parse(text);
  } catch {
    secret = null;
  }
  const { username, password } = secret ?? {};
  if (typeof username !== "string" || typeof password !== "string") {
    throw new Error("The secret that DATABASE_SECRET_ARN names must be JSON with username and password, as RDS writes it.");
  }
  return secret as DatabaseSecret;
};

/**
 * The password of a user, whoever the secret names at the moment: a rotation that takes turns between two users leaves the one before
 * with the password it had. While a rotation is under way the database may have the new password before it is the current one.
 */
const followPassword = (secret: SecretReader): Password => {
  const known = new Map<string, string>();
  let usesPending = false;
  const learn = (text: string): void => {
    const { username, password } = parse(text);
    known.set(username, password);
  };
  return {
    of: async (user) => {
      if (!usesPending) learn(await secret.read(freshSeconds));
      return known.get(user) ?? "";
    },
    renew: async (user) => {
      const before = known.get(user);
      learn(await secret.read(0));
      usesPending = known.get(user) === before;
      if (usesPending) {
        const pending = await secret.readPending();
        if (pending !== undefined) learn(pending);
      }
    },
  };
};

/**
 * Reads who connects, and where to.
 *
 * @param urls of the database and its replica: what they say of host, port and database goes before what the secret says.
 * @throws when the secret cannot be read, is none of a database, or leaves open where that is.
 */
export const loginsOf = async (
  secret: SecretReader,
  urls: { readonly primary: string | undefined; readonly replica: string | undefined; readonly caFile: string | undefined },
): Promise<{ readonly primary: Login; readonly replica: Login | undefined }> => {
  const { username, host, port, dbname } = parse(await secret.read(freshSeconds));
  if (urls.primary === undefined && host === undefined) {
    throw new Error("Neither DATABASE_URL nor the secret that DATABASE_SECRET_ARN names says where the database is.");
  }
  const password = followPassword(secret);
  const loginAt = (text: string): Login => {
    const url = new URL(text);
    url.username = encodeURIComponent(username);
    url.password = "";
    if (urls.caFile !== undefined && !url.searchParams.has("sslrootcert")) url.searchParams.set("sslrootcert", urls.caFile);
    return { url: url.href, password };
  };
  return {
    primary: loginAt(urls.primary ?? `postgresql://${host}:${port ?? 5432}/${dbname ?? "postgres"}`),
    replica: urls.replica === undefined ? undefined : loginAt(urls.replica),
  };
};
