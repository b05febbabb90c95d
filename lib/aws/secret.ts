/** Reads AWS Secrets Manager, through Powertools. The only code that does. */

/** How long an answer may take before one that is known already has to do. */
const patienceMs = 3_000;

export interface SecretReader {
  /** The secret's text, read at most so many seconds ago; the last one when it cannot be read now. Throws when it never could be. */
  read(maxAgeSeconds: number): Promise<string>;
  /** The one that a rotation under way has made, and may have set already; undefined when there is none. */
  readPending(): Promise<string | undefined>;
}

/** A reader of one secret, by its ARN or name; region, credentials and endpoint as AWS's own variables say. */
export const openSecret = async (arn: string): Promise<SecretReader> => {
  // The SDK is loaded by those alone who keep secrets there.
  const { SecretsProvider } = await import("@aws-lambda-powertools/parameters/secrets");
  const provider = new SecretsProvider();
  // Powertools remembers by name alone.
  const pendingProvider = new SecretsProvider();
  let last: string | undefined;

  const inTime = async <T>(work: Promise<T>): Promise<T> => {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error("AWS Secrets Manager does not answer.")), patienceMs);
    try {
      return await Promise.race([work, promise]);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    read: async (maxAgeSeconds) => {
      try {
        const age = maxAgeSeconds > 0 ? { maxAge: maxAgeSeconds } : { forceFetch: true };
        const text = await inTime(provider.get(arn, { ...age, sdkOptions: { VersionStage: "AWSCURRENT" } }));
        last = typeof text === "string" ? text : Buffer.from(text ?? "").toString();
      } catch (error) {
        if (last === undefined) throw error;
      }
      return last;
    },
    readPending: async () => {
      const sdkOptions = { VersionStage: "AWSPENDING" };
      const text = await inTime(pendingProvider.get(arn, { forceFetch: true, sdkOptions })).catch(() => undefined);
      return typeof text === "string" ? text : undefined;
    },
  };
};
