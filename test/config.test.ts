import { resolve } from "node:path";
import { ConfigError, readConfig } from "#lib/config.ts";

const problemsOf = (environment: Record<string, string>): string => {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
};

it("needs nothing on a laptop", () => {
  expect(readConfig({})).toMatchObject({
    port: 8080,
    host: "0.0.0.0",
    databaseUrl: undefined,
    dataDir: resolve(".data"),
    bootstrapAdminKey: undefined,
    publicUrl: "http://localhost:8080",
    logLevel: "INFO",
    traceSampleRate: 0.05,
    trustedProxies: 0,
    maxBodyBytes: 1_000_000,
    rateLimitPerMinute: 6_000,
    rateLimitPerAddressPerMinute: 30_000,
    drainMs: 0,
    tombstoneDays: 90,
    corsOrigins: [],
  });
});

it("takes an empty variable, as compose files make them, for a missing one", () => {
  const empty = { PORT: "", DATABASE_URL: "  ", PUBLIC_URL: "", LOG_LEVEL: "", BOOTSTRAP_ADMIN_KEY: "", HOST: " ", DATA_DIR: "" };

  expect({ ...readConfig(empty), environment: {} }).toEqual({ ...readConfig({}), environment: {} });
});

it("reads what is set", () => {
  const config = readConfig({
    PORT: "9000",
    DATABASE_URL: "postgresql://ana:pass@db:5432/calendar",
    PUBLIC_URL: "https://calendar.example.org/",
    LOG_LEVEL: "debug",
    TRACE_SAMPLE_RATE: ".5",
    BOOTSTRAP_ADMIN_KEY: "sixteen-or-more-characters",
  });

  expect(config).toMatchObject({
    port: 9000,
    databaseUrl: "postgresql://ana:pass@db:5432/calendar",
    publicUrl: "https://calendar.example.org",
    logLevel: "DEBUG",
    traceSampleRate: 0.5,
    bootstrapAdminKey: "sixteen-or-more-characters",
  });
});

it.each([
  ["PORT", "80.5"],
  ["PORT", "0x50"],
  ["PORT", "65536"],
  ["PORT", "-1"],
  ["DATABASE_POOL_SIZE", "0"],
  ["DATABASE_POOL_SIZE", "2.5"],
  ["STATEMENT_TIMEOUT_MS", "1e4"],
  ["TRACE_SAMPLE_RATE", "1.1"],
  ["TRACE_SAMPLE_RATE", "a lot"],
  ["DRAIN_MS", "Infinity"],
  ["LOG_LEVEL", "loud"],
  ["PUBLIC_URL", "calendar.example.org"],
  ["REPLICA_MAX_LAG_MS", "50"],
  ["REDIS_URL", "http://redis:6379"],
  ["CORS_ORIGINS", "app.example.org"],
  ["CORS_ORIGINS", "https://app.example.org/"],
  ["CORS_ORIGINS", "https://app.example.org, https://app.example.org/calendar"],
  ["CORS_ORIGINS", "https://App.example.org"],
  ["CORS_ORIGINS", "https://app.example.org:443"],
  ["CORS_ORIGINS", "https://*.example.org"],
  ["CORS_ORIGINS", "*, https://app.example.org"],
  ["CORS_ORIGINS", "null"],
  ["CORS_ORIGINS", "javascript:alert(1)"],
])("refuses %s=%s by name", (name, value) => {
  const problems = problemsOf({ [name]: value });

  expect(problems.split("\n")).toHaveLength(2);
  expect(problems).toContain(`  - ${name} must be`);
});

it("reads the origins of pages", () => {
  const read = (text: string) => readConfig({ CORS_ORIGINS: text }).corsOrigins;

  expect(read("*")).toEqual(["*"]);
  expect(read(" https://app.example.org , http://localhost:5173,")).toEqual(["https://app.example.org", "http://localhost:5173"]);
  expect(read("http://[::1]:8080,https://xn--bcher-kva.example")).toEqual(["http://[::1]:8080", "https://xn--bcher-kva.example"]);
  expect(read(" , ")).toEqual([]);
});

it("lists all that is wrong at once, and none of the secrets", () => {
  const problems = problemsOf({
    PORT: "http",
    DATABASE_URL: "mysql://ana:secret-of-ana@db/calendar",
    BOOTSTRAP_ADMIN_KEY: "too short",
    LOG_LEVEL: "loud",
  });

  for (const name of ["PORT", "DATABASE_URL", "BOOTSTRAP_ADMIN_KEY", "LOG_LEVEL"]) expect(problems).toContain(`- ${name} must`);
  expect(problems).not.toContain("secret-of-ana");
  expect(problems).not.toContain("too short");
});

it("reads which bucket profiles are kept in; a blank name is none", () => {
  expect(readConfig({ PROFILES_BUCKET: " profiles " }).profilesBucket).toBe("profiles");
  expect(readConfig({ PROFILES_BUCKET: " " }).profilesBucket).toBeUndefined();
});

it("reads where the database, its replica and its secrets are", () => {
  const DATABASE_CA_FILE = import.meta.filename;
  const [DATABASE_URL, DATABASE_REPLICA_URL] = ["postgresql://db/calendar", "postgresql://replica/calendar?sslrootcert=/own.pem"];

  expect(readConfig({ DATABASE_URL, DATABASE_REPLICA_URL, DATABASE_CA_FILE })).toMatchObject({
    databaseUrl: `${DATABASE_URL}?sslrootcert=${encodeURIComponent(DATABASE_CA_FILE)}`,
    databaseReplicaUrl: DATABASE_REPLICA_URL,
    replicaMaxLagMs: 5_000,
  });
  expect(readConfig({ DATABASE_SECRET_ARN: " db ", KEY_PEPPER_SECRET_ARN: "pepper", DATABASE_REPLICA_URL })).toMatchObject({
    databaseUrl: undefined,
    databaseSecretArn: "db",
    keyPepperSecretArn: "pepper",
  });
  expect(readConfig({ REDIS_PASSWORD_SECRET_ARN: " cache " }).redisPasswordSecretArn).toBe("cache");
  const twoPasswords = problemsOf({ REDIS_PASSWORD: "secret-word", REDIS_PASSWORD_SECRET_ARN: "cache" });
  expect(twoPasswords).toContain("REDIS_PASSWORD and REDIS_PASSWORD_SECRET_ARN cannot both be set");
  expect(twoPasswords).not.toContain("secret-word");
  expect(problemsOf({ DATABASE_REPLICA_URL })).toContain("DATABASE_REPLICA_URL needs DATABASE_URL beside it");
  expect(problemsOf({ DATABASE_URL, DATABASE_REPLICA_URL: "mysql://replica" })).toContain("DATABASE_REPLICA_URL must be");
  expect(problemsOf({ DATABASE_CA_FILE: "no-such-file.pem" })).toContain("DATABASE_CA_FILE names a file that is not there");
});
