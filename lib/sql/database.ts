/** The connection pool, the transaction, and what slonik's failures mean. The only code that sets slonik up. */
import {
  BackendTerminatedError,
  BackendTerminatedUnexpectedlyError,
  type ClientConfigurationInput,
  ConnectionError,
  createPool,
  type DatabasePool,
  type DatabaseTransactionConnection,
  StatementCancelledError,
  StatementTimeoutError,
  sql,
} from "slonik";

import { createLanes } from "./lanes.ts";
import { type Login, readLogin, withRenewal } from "./login.ts";
import { parseTimestamp } from "./timestamp.ts";

export { sql };

type Methods = Pick<DatabasePool, "any" | "maybeOne" | "one" | "query">;

/** What statements run on: the pool, or the transaction they belong to. */
export interface Connection extends Methods {
  /**
   * Runs `work` in a transaction: all of it, or nothing. Inside another one it is a part of that, which is undone alone, its locks let
   * go of, when it fails.
   */
  inTransaction<T>(work: (db: Connection) => Promise<T>): Promise<T>;
}

export interface Database extends Connection {
  /** Connections in use, idle, and queries that wait for one. */
  state(): { readonly active: number; readonly idle: number; readonly waiting: number };
  close(): Promise<void>;
}

type RowParser<Row> = {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => { readonly value: Row };
    readonly types?: { readonly input: unknown; readonly output: Row };
  };
};

const unchecked: RowParser<object> = {
  "~standard": { version: 1, vendor: "calendar", validate: (value) => ({ value: value as object }) },
};

/** Says what a statement's rows look like. For the compiler alone: rows are what the statement selects. */
export const row = <Row extends object>(): RowParser<Row> => unchecked as RowParser<Row>;

const asText = (value: string) => value;

const serverGone = [ConnectionError, BackendTerminatedError, BackendTerminatedUnexpectedlyError];
/** Codes of Node's for connections that fail, and of PostgreSQL's for a server that is starting, stopping or full. */
const serverGoneCode = /^(?:ECONN|ENOENT$|ENOTFOUND$|EAI_|EPIPE$|ETIMEDOUT$|EHOST|ENET|08|57P0|53300$)/;

/** What the driver says, without any code, when nobody answers in time or the connection goes while it is used. */
const serverGoneText = /^(?:timeout expired|Connection terminated|Client has encountered a connection error)/;

/** PostgreSQL's query_canceled. */
const tooLong = "57014";

/** Whether an error means that the database is away, or that a statement took too long; undefined: something else. */
export const databaseFault = (error: unknown): "unreachable" | "timeout" | undefined => {
  // slonik wraps some failures, the reason underneath.
  for (let reason = error, depth = 0; reason && depth < 5; reason = (reason as { readonly cause?: unknown }).cause, depth += 1) {
    const { code = "", message = "" } = reason as { readonly code?: unknown; readonly message?: unknown };
    if (serverGone.some((kind) => reason instanceof kind) || serverGoneCode.test(String(code))) return "unreachable";
    if (serverGoneText.test(String(message))) return "unreachable";
    if (reason instanceof StatementTimeoutError || reason instanceof StatementCancelledError || code === tooLong)
      return "timeout";
  }
  return undefined;
};

/** Names of statements by their texts. Texts are ours, so there are few; the limit guards against one that is made of values. */
const names = new Map<string, string>();
const maxNames = 1_000;

const nameOf = (text: string): string | undefined => {
  let name = names.get(text);
  if (name === undefined && names.size < maxNames) {
    name = `s${names.size}`;
    names.set(text, name);
  }
  return name;
};

/** Puts a statement under a name of its own, so that PostgreSQL parses and plans it once per connection, not once per use. */
const named = <T extends { readonly sql: string }>(statement: T): T => ({ ...statement, name: nameOf(statement.sql) });

/** The connection that statements of one transaction run on. */
const within = (transaction: DatabaseTransactionConnection): Connection => {
  const connection: Connection = {
    any: (statement) => transaction.any(named(statement)),
    maybeOne: (statement) => transaction.maybeOne(named(statement)),
    one: (statement) => transaction.one(named(statement)),
    query: (statement) => transaction.query(named(statement)),
    inTransaction: async (work) => {
      // Names of savepoints shadow each other, as nested transactions do.
      await connection.query(sql.unsafe`savepoint part`);
      try {
        const result = await work(connection);
        await connection.query(sql.unsafe`release savepoint part`);
        return result;
      } catch (error) {
        // Fails only when the connection has gone, and the whole transaction with it.
        await connection.query(sql.unsafe`rollback to savepoint part`).catch(() => {});
        await connection.query(sql.unsafe`release savepoint part`).catch(() => {});
        throw error;
      }
    },
  };
  return connection;
};

/**
 * Opens a pool on a database, `postgresql://user:password@host:port/database` or a {@link Login}. Throws when nobody answers there
 * (see {@link databaseFault}); connections lost later are replaced.
 */
export const openDatabase = async (
  login: Login | string,
  options: { readonly poolSize: number; readonly statementTimeoutMs: number },
): Promise<Database> => {
  const { url, ssl, password, renew } = readLogin(login);
  const configuration: ClientConfigurationInput = {
    ...(ssl && { ssl }),
    ...(password && { password }),
    maxPoolSize: options.poolSize,
    statementTimeout: options.statementTimeoutMs,
    idleInTransactionSessionTimeout: 60_000,
    connectionTimeout: 5_000,
    connectionRetryLimit: 1,
    queryRetryLimit: 0,
    gracefulTerminationTimeout: 5_000,
    idleTimeout: "DISABLE_TIMEOUT",
    // The default, DISCARD ALL after every use, costs a round trip and the prepared statements. Hence: no session state, ever.
    resetConnection: async () => {},
    typeParsers: [
      { name: "int8", parse: Number },
      { name: "timestamptz", parse: parseTimestamp },
      { name: "date", parse: asText },
    ],
  };
  const pool = await withRenewal(renew, () => createPool(url, configuration));
  const { lend, state, close } = createLanes(pool, options.poolSize, renew);
  return {
    any: (statement) => lend((connection) => connection.any(named(statement))),
    maybeOne: (statement) => lend((connection) => connection.maybeOne(named(statement))),
    one: (statement) => lend((connection) => connection.one(named(statement))),
    query: (statement) => lend((connection) => connection.query(named(statement))),
    inTransaction: (work) => lend((connection) => connection.transaction((transaction) => work(within(transaction)))),
    state,
    close,
  };
};
