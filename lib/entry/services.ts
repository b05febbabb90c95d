import { randomBytes } from "node:crypto";
import type { ALBResult } from "aws-lambda";
import { type Config, readConfig } from "#lib/config.ts";
import type { Settings } from "#lib/context.ts";
import { createKeyRing, type KeyRing } from "#lib/domain/keys/identify.ts";
import { setLogLevel } from "#lib/observe/logger.ts";
import { type Database, openDatabase } from "#lib/sql/database.ts";
import * as secrets from "#lib/sql/secrets.ts";

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
  readonly keys: KeyRing;
  readonly settings: Settings;
  /** The way to the other endpoints, where they are in the same process: in the container. */
  readonly dispatch: Dispatch | undefined;
}

let configured: Config | undefined;
let starting: Promise<Services> | undefined;
let ready: Services | undefined;
let stopping = false;

/** Lets readiness say no from now on, so that the load balancer sends no more requests. */
export const announceStop = (): void => {
  stopping = true;
};

const open = async (config: Config, dispatch: Dispatch | undefined): Promise<Services> => {
  configured = config;
  if (config.databaseUrl === undefined) throw new Error("DATABASE_URL is needed where no embedded PostgreSQL is started.");
  setLogLevel(config.logLevel);
  const db = await openDatabase(config.databaseUrl, {
    poolSize: config.databasePoolSize,
    statementTimeoutMs: config.statementTimeoutMs,
  });
  const secret = await secrets.getOrKeep(db, "instance", randomBytes(32)).catch(async (error) => {
    // The next try opens a pool of its own.
    await db.close();
    throw error;
  });
  const services: Services = {
    config,
    db,
    keys: createKeyRing(db, secret, Date.now),
    settings: {
      secret,
      publicUrl: config.publicUrl,
      pushAllowLoopback: config.pushAllowLoopback,
      freeBusyMaxCalendars: config.freeBusyMaxCalendars,
      freeBusyMaxDays: config.freeBusyMaxDays,
      isStopping: () => stopping,
    },
    dispatch,
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

/** Closes the pool; for the end of the process. */
export const stopServices = async (): Promise<void> => {
  const open = ready;
  configured = undefined;
  ready = undefined;
  starting = undefined;
  await open?.db.close();
};
