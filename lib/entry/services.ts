import { randomBytes } from "node:crypto";
import type { ALBResult } from "aws-lambda";
import { type Config, readConfig } from "#lib/config.ts";
import type { CalendarCache, ProfileStore, Settings } from "#lib/context.ts";
import { createKeyRing, type KeyRing } from "#lib/domain/keys/identify.ts";
import { log, setLogLevel } from "#lib/observe/logger.ts";
import { connectRedis, type RedisLink } from "#lib/redis/connect.ts";
import { createPositions } from "#lib/redis/positions.ts";
import { createTally } from "#lib/redis/tally.ts";
import { type Database, openDatabase } from "#lib/sql/database.ts";
import { createPing } from "#lib/sql/health.ts";
import { keysChannel } from "#lib/sql/keys.ts";
import { type Listener, listen } from "#lib/sql/listen.ts";
import { clientOptions, type Login } from "#lib/sql/login.ts";
import { followReplica, type Replica } from "#lib/sql/replica.ts";
import * as secrets from "#lib/sql/secrets.ts";
import { createCalendarCache } from "./calendar-cache.ts";
import { createRateLimits, type RateLimits } from "./rate-limit.ts";
import { createReads, type Reads } from "./reads.ts";
import { createUsageMeter, type UsageMeter } from "./usage.ts";

/** A request that comes out of another: path and query as in a URL, header names in lower case. */
export interface InnerRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Answers a request by the endpoint that it is for, as if it had come by itself; a multi-value answer. */
export type Dispatch = (request: InnerRequest) => Promise<ALBResult>;

/** What all requests of a process share: the pool, the keys it knows, the settings. Nothing in here belongs to one request. */
export interface Services {
  readonly config: Config;
  readonly db: Database;
  /** Where reads go that may lag; undefined: there is no replica. */
  readonly reads: Reads | undefined;
  /** How far the replica is behind, ms; undefined: it is away, or there is none. */
  readonly replicaLagMs: () => number | undefined;
  /** What containers share; undefined: each keeps its own. */
  readonly redis: RedisLink | undefined;
  readonly keys: KeyRing;
  readonly calendarCache: CalendarCache;
  readonly limits: RateLimits;
  readonly usage: UsageMeter;
  readonly settings: Settings;
  /** The way to the other endpoints, where they are in the same process: in the container. */
  readonly dispatch: Dispatch | undefined;
  close(): Promise<void>;
}

const shortestPepper = 16;

let configured: Config | undefined;
let starting: Promise<Services> | undefined;
let ready: Services | undefined;
let listener: Listener | undefined;
let stopping = false;

/** Lets readiness say no from now on, so that the load balancer sends no more requests. */
export const announceStop = (): void => {
  stopping = true;
};

/** Who connects to the database and its replica, and how: from the URLs, or with what AWS Secrets Manager keeps. */
export const databaseLogins = async (
  config: Config,
): Promise<{ readonly primary: Login | string; readonly replica: Login | string | undefined }> => {
  const { databaseUrl: primary, databaseReplicaUrl: replica, databaseSecretArn } = config;
  if (databaseSecretArn !== undefined) {
    const [{ loginsOf }, { openSecret }] = await Promise.all([
      import("#lib/aws/database-login.ts"),
      import("#lib/aws/secret.ts"),
    ]);
    return loginsOf(await openSecret(databaseSecretArn), { primary, replica, caFile: config.databaseCaFile });
  }
  if (primary === undefined) throw new Error("DATABASE_URL is needed where no embedded PostgreSQL is started.");
  return { primary, replica };
};

/** The secret that keys are hashed under, when it is kept outside the database; whoever has the database alone can then try none. */
const readPepper = async ({ keyPepperSecretArn }: Config): Promise<Buffer | undefined> => {
  if (keyPepperSecretArn === undefined) return undefined;
  const { openSecret } = await import("#lib/aws/secret.ts");
  const secret = await openSecret(keyPepperSecretArn);
  const pepper = Buffer.from(await secret.read(0));
  if (pepper.length < shortestPepper)
    throw new Error(`The secret that KEY_PEPPER_SECRET_ARN names is shorter than ${shortestPepper} bytes.`);
  return pepper;
};

/** What Redis is shown, if anything. */
const readRedisPassword = async ({ redisUrl, redisPassword, redisPasswordSecretArn }: Config): Promise<string | undefined> => {
  if (redisUrl === undefined || redisPasswordSecretArn === undefined) return redisPassword;
  const { openSecret } = await import("#lib/aws/secret.ts");
  const password = await (await openSecret(redisPasswordSecretArn)).read(0);
  if (password === "") throw new Error("The secret that REDIS_PASSWORD_SECRET_ARN names is empty.");
  return password;
};

/** Where profiles are kept, if anywhere: the SDK is loaded by those alone who have a bucket, with their first profile. */
const profileStore = ({ profilesBucket: bucket }: Config): ProfileStore | undefined => {
  if (bucket === undefined) return undefined;
  const keep: ProfileStore["keep"] = async (name, profile) => {
    const { keepProfile } = await import("#lib/aws/keep-profile.ts");
    await keepProfile(bucket, name, profile);
  };
  return { bucket, keep };
};

/** Begins to follow the replica, if there is one; it is told once when it goes away and once when it is back. */
const openReplica = (config: Config, login: Login | string | undefined, primary: Database): Replica | undefined => {
  if (login === undefined) return undefined;
  return followReplica(login, primary, {
    poolSize: config.databasePoolSize,
    statementTimeoutMs: config.statementTimeoutMs,
    maxLagMs: config.replicaMaxLagMs,
    onChange: (change) => {
      if (change === "back") log.info("replica in use", {});
      else log.warn("replica left out", { text: change.lost.message });
    },
  });
};

const open = async (config: Config, dispatch: Dispatch | undefined): Promise<Services> => {
  configured = config;
  setLogLevel(config.logLevel);
  const { primary: login, replica: replicaLogin } = await databaseLogins(config);
  const db = await openDatabase(login, {
    poolSize: config.databasePoolSize,
    statementTimeoutMs: config.statementTimeoutMs,
  });
  const readSecrets = async () => {
    const own = await secrets.getOrKeep(db, "instance", randomBytes(32));
    const [pepper = own, redisPassword] = await Promise.all([readPepper(config), readRedisPassword(config)]);
    return { own, pepper, redisPassword };
  };
  const { own, pepper, redisPassword } = await readSecrets().catch(async (error) => {
    // The next try opens a pool of its own.
    await db.close();
    throw error;
  });
  const clock = { wall: Date.now, steady: () => performance.now() };
  const keys = createKeyRing(db, pepper, clock, () => listener?.hearing());
  listener = listen(async () => clientOptions(login), keysChannel, keys.forget);
  const redis = config.redisUrl === undefined ? undefined : await connectRedis(config.redisUrl, redisPassword);
  const replica = openReplica(config, replicaLogin, db);
  const { replicaMaxLagMs: maxLagMs } = config;
  const positions = redis && replica ? createPositions(redis, own, maxLagMs) : undefined;
  const usage = createUsageMeter(db, Date.now);
  const services: Services = {
    config,
    db,
    reads: replica && createReads(db, replica, { positions, maxLagMs }),
    replicaLagMs: () => replica?.lagMs(),
    redis,
    keys,
    calendarCache: createCalendarCache(),
    limits: createRateLimits(config, redis && (await createTally(redis, own, 60))),
    usage,
    settings: {
      secret: pepper,
      keyEnvironment: config.keyEnvironment,
      publicUrl: config.publicUrl,
      pushAllowLoopback: config.pushAllowLoopback,
      freeBusyMaxCalendars: config.freeBusyMaxCalendars,
      freeBusyMaxDays: config.freeBusyMaxDays,
      profiles: profileStore(config),
      isStopping: () => stopping,
      askDatabase: createPing(db),
    },
    dispatch,
    close: async () => {
      await usage.close();
      await replica?.close();
      redis?.close();
      await db.close();
    },
  };
  ready = services;
  return services;
};

/** Opens the process's services. The container calls it once at start; on Lambda the first request does. */
export const startServices = (config: Config = readConfig(), dispatch?: Dispatch): Promise<Services> => {
  starting ??= open(config, dispatch).catch((error) => {
    // The next request tries again: a database that was away at the first one may be back.
    starting = undefined;
    throw error;
  });
  return starting;
};

/** The configuration, also before anything is open; undefined when it cannot be used: whoever starts the services hears why. */
export const configuration = (): Config | undefined => {
  try {
    configured ??= readConfig();
  } catch {}
  return configured;
};

/** The services if they are open already. */
export const openServices = (): Services | undefined => ready;

/** The services, at once when they are open. */
export const services = (): Services | Promise<Services> => ready ?? startServices();

/** Closes the pool and all else that is open; for the end of the process. */
export const stopServices = async (): Promise<void> => {
  const open = ready;
  configured = undefined;
  ready = undefined;
  starting = undefined;
  await listener?.close();
  await open?.close();
};
