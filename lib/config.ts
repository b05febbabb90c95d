/**
 * The configuration, read from the environment in this file alone. Everything has a default that is right on a laptop;
 * a wrong value stops the start, and all wrong values are listed at once.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";

const logLevels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "SILENT", "CRITICAL"] as const;

const fraction = /^\d*\.?\d+$/;

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Undefined: an embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** The database's user and password, and what the URL leaves open, in AWS Secrets Manager; undefined: the URL has them. */
  readonly databaseSecretArn: string | undefined;
  /** Certificates of authorities, PEM, that the database's certificate must come from. */
  readonly databaseCaFile: string | undefined;
  /** The secret that keys are hashed under, in AWS Secrets Manager; undefined: it is in the database. */
  readonly keyPepperSecretArn: string | undefined;
  /** A server that follows the database and answers reads that may lag; undefined: there is none. */
  readonly databaseReplicaUrl: string | undefined;
  /** A replica further behind than this answers nothing. */
  readonly replicaMaxLagMs: number;
  /** What containers share that is not data; undefined: each keeps its own. */
  readonly redisUrl: string | undefined;
  /** Its password, where it is kept apart from the URL. */
  readonly redisPassword: string | undefined;
  /** The same in AWS Secrets Manager; undefined: it is not there. */
  readonly redisPasswordSecretArn: string | undefined;
  readonly dataDir: string;
  readonly databasePoolSize: number;
  readonly statementTimeoutMs: number;
  /** The key of the administrator that the first start creates; undefined: one is made and printed. */
  readonly bootstrapAdminKey: string | undefined;
  /** The word in new API keys, `cal_live_…`, that tells which of an operator's servers they are for. */
  readonly keyEnvironment: string;
  /** How many proxies in front of this server write X-Forwarded-For, the load balancer among them; 0: the header is a client's. */
  readonly trustedProxies: number;
  readonly publicUrl: string;
  readonly logLevel: (typeof logLevels)[number];
  /** Share of requests that are traced, 0 to 1. */
  readonly traceSampleRate: number;
  readonly maxBodyBytes: number;
  readonly maxConcurrentRequests: number;
  readonly maxQueuedRequests: number;
  readonly requestTimeoutMs: number;
  /** Requests per key and minute, and per address; 0: as many as come. */
  readonly rateLimitPerMinute: number;
  readonly rateLimitPerAddressPerMinute: number;
  /** How long after SIGTERM requests are still accepted, so that the load balancer can take the target out. */
  readonly drainMs: number;
  /** How long deleted events are kept for clients that sync, days. */
  readonly tombstoneDays: number;
  /** How long the audit log tells of people, days. */
  readonly auditRetentionDays: number;
  /** How long events are kept after they have ended, days; Infinity: for ever. */
  readonly eventRetentionDays: number;
  /** How long it is kept how much keys were used, days. */
  readonly usageRetentionDays: number;
  /** Calendars that one free/busy query may read; Infinity: no limit. */
  readonly freeBusyMaxCalendars: number;
  /** The longest time that a free/busy query may ask about, days; Infinity: no limit. */
  readonly freeBusyMaxDays: number;
  /** Origins of pages that may call the API from a browser; `["*"]`: all, `[]`: none. */
  readonly corsOrigins: readonly string[];
  /** How many push messages this process sends at once; 0: none, others do. */
  readonly pushWorkers: number;
  /** Whether channels may lead to this machine itself, over http: for tests. */
  readonly pushAllowLoopback: boolean;
  /** The S3 bucket that CPU profiles are kept in; undefined: none are recorded. */
  readonly profilesBucket: string | undefined;
  /** All of the environment, for programs that this one starts. */
  readonly environment: NodeJS.ProcessEnv;
}

export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.name = "ConfigError";
  }
}

/** Reads and checks the whole configuration. Throws a {@link ConfigError} that names every problem. */
export const readConfig = (environment: NodeJS.ProcessEnv = process.env): Config => {
  const problems: string[] = [];

  const number = (name: string, fallback: number, { min, max }: { min: number; max: number }, form = /^\d+$/): number => {
    const text = environment[name]?.trim();
    if (!text) return fallback;
    const value = form.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      problems.push(`${name} must be a ${form === fraction ? "" : "whole "}number from ${min} to ${max}, not "${text}".`);
    }
    return value;
  };
  const url = (name: string, protocols: readonly string[]): string | undefined => {
    const text = environment[name]?.trim();
    if (!text) return undefined;
    if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) {
      problems.push(`${name} must be a URL that begins with ${protocols.map((p) => `${p}//`).join(" or ")}.`);
    }
    return text.replace(/\/+$/, "");
  };

  const port = number("PORT", 8080, { min: 0, max: 65_535 });
  const logLevel = (environment.LOG_LEVEL?.trim().toUpperCase() || "INFO") as Config["logLevel"];
  if (!logLevels.includes(logLevel)) problems.push(`LOG_LEVEL must be one of ${logLevels.join(", ")}.`);
  const bootstrapAdminKey = environment.BOOTSTRAP_ADMIN_KEY?.trim() || undefined;
  if (bootstrapAdminKey !== undefined && !/^[\x21-\x7e]{16,256}$/.test(bootstrapAdminKey)) {
    problems.push("BOOTSTRAP_ADMIN_KEY must have 16 to 256 printable ASCII characters and no spaces.");
  }

  const keyEnvironment = environment.KEY_ENVIRONMENT?.trim() || "live";
  if (!/^[a-z][a-z0-9]{0,15}$/.test(keyEnvironment)) {
    problems.push("KEY_ENVIRONMENT must have 1 to 16 lower-case letters and digits, a letter first.");
  }

  const corsOrigins = (environment.CORS_ORIGINS ?? "").split(",").flatMap((text) => text.trim() || []);
  const isOrigin = (text: string) => /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
  const noOrigin = corsOrigins.find((text) => !isOrigin(text) && !(text === "*" && corsOrigins.length === 1));
  if (noOrigin !== undefined) {
    problems.push(
      `CORS_ORIGINS must be * or origins like https://app.example.org, separated by commas; "${noOrigin}" cannot stand in it.`,
    );
  }

  const databaseCaFile = environment.DATABASE_CA_FILE?.trim() || undefined;
  if (databaseCaFile !== undefined && !existsSync(databaseCaFile))
    problems.push("DATABASE_CA_FILE names a file that is not there.");
  /** With the authority that certificates must come from, unless it names one itself. */
  const databaseUrl = (name: string): string | undefined => {
    const text = url(name, ["postgres:", "postgresql:"]);
    if (text === undefined || databaseCaFile === undefined || !URL.canParse(text)) return text;
    const withCa = new URL(text);
    if (!withCa.searchParams.has("sslrootcert")) withCa.searchParams.set("sslrootcert", databaseCaFile);
    return withCa.href;
  };
  const databaseSecretArn = environment.DATABASE_SECRET_ARN?.trim() || undefined;
  if (environment.DATABASE_REPLICA_URL?.trim() && !environment.DATABASE_URL?.trim() && !databaseSecretArn) {
    problems.push("DATABASE_REPLICA_URL needs DATABASE_URL beside it: the embedded PostgreSQL has no replica.");
  }
  const redisPassword = environment.REDIS_PASSWORD?.trim() || undefined;
  const redisPasswordSecretArn = environment.REDIS_PASSWORD_SECRET_ARN?.trim() || undefined;
  if (redisPassword !== undefined && redisPasswordSecretArn !== undefined) {
    problems.push("REDIS_PASSWORD and REDIS_PASSWORD_SECRET_ARN cannot both be set: there is one password.");
  }

  const config: Config = {
    port,
    host: environment.HOST?.trim() || "0.0.0.0",
    databaseUrl: databaseUrl("DATABASE_URL"),
    databaseSecretArn,
    databaseCaFile,
    keyPepperSecretArn: environment.KEY_PEPPER_SECRET_ARN?.trim() || undefined,
    databaseReplicaUrl: databaseUrl("DATABASE_REPLICA_URL"),
    replicaMaxLagMs: number("REPLICA_MAX_LAG_MS", 5_000, { min: 100, max: 600_000 }),
    redisUrl: url("REDIS_URL", ["redis:", "rediss:"]),
    redisPassword,
    redisPasswordSecretArn,
    dataDir: resolve(environment.DATA_DIR?.trim() || ".data"),
    databasePoolSize: number("DATABASE_POOL_SIZE", 10, { min: 1, max: 200 }),
    statementTimeoutMs: number("STATEMENT_TIMEOUT_MS", 10_000, { min: 100, max: 600_000 }),
    bootstrapAdminKey,
    keyEnvironment,
    trustedProxies: number("TRUSTED_PROXIES", 0, { min: 0, max: 10 }),
    publicUrl: url("PUBLIC_URL", ["http:", "https:"]) ?? `http://localhost:${port}`,
    logLevel,
    traceSampleRate: number("TRACE_SAMPLE_RATE", 0.05, { min: 0, max: 1 }, fraction),
    maxBodyBytes: number("MAX_BODY_BYTES", 1_000_000, { min: 1_000, max: 1_000_000_000 }),
    maxConcurrentRequests: number("MAX_CONCURRENT_REQUESTS", 256, { min: 1, max: 100_000 }),
    maxQueuedRequests: number("MAX_QUEUED_REQUESTS", 1_024, { min: 0, max: 1_000_000 }),
    requestTimeoutMs: number("REQUEST_TIMEOUT_MS", 30_000, { min: 100, max: 3_600_000 }),
    rateLimitPerMinute: number("RATE_LIMIT_PER_MINUTE", 6_000, { min: 0, max: 1_000_000_000 }),
    rateLimitPerAddressPerMinute: number("RATE_LIMIT_PER_ADDRESS_PER_MINUTE", 30_000, { min: 0, max: 1_000_000_000 }),
    drainMs: number("DRAIN_MS", 0, { min: 0, max: 110_000 }),
    tombstoneDays: number("TOMBSTONE_DAYS", 90, { min: 1, max: 36_500 }),
    auditRetentionDays: number("AUDIT_RETENTION_DAYS", 400, { min: 1, max: 36_500 }),
    eventRetentionDays: number("EVENT_RETENTION_DAYS", Number.POSITIVE_INFINITY, { min: 1, max: 36_500 }),
    usageRetentionDays: number("USAGE_RETENTION_DAYS", 400, { min: 1, max: 36_500 }),
    freeBusyMaxCalendars: number("FREEBUSY_MAX_CALENDARS", Number.POSITIVE_INFINITY, { min: 1, max: 10_000 }),
    freeBusyMaxDays: number("FREEBUSY_MAX_DAYS", Number.POSITIVE_INFINITY, { min: 1, max: 4_000_000 }),
    corsOrigins,
    pushWorkers: number("PUSH_WORKERS", 4, { min: 0, max: 100 }),
    pushAllowLoopback: number("PUSH_ALLOW_LOOPBACK", 0, { min: 0, max: 1 }) === 1,
    profilesBucket: environment.PROFILES_BUCKET?.trim() || undefined,
    environment,
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
};
