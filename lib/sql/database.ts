/** The connection pool, the transaction, and what slonik's failures mean. The only code that sets slonik up. */
import {
  BackendTerminatedError,
  BackendTerminatedUnexpectedlyError,
  ConnectionError,
  createPool,
  type DatabasePool,
  type DatabaseTransactionConnection,
  StatementCancelledError,
  StatementTimeoutError,
  sql,
} from "slonik";

import { parseTimestamp } from "./timestamp.ts";

export { sql };

type Methods = Pick<DatabasePool, "any" | "maybeOne" | "one" | "query">;

/** What statements run on: the pool, or the transaction they belong to. */
export interface Connection extends Methods {
  /** Runs `work` in a transaction: all of it, or nothing. */
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

/** Whether an error means that the database is away, or that a statement took too long; undefined: something else. */
export const databaseFault = (error: unknown): "unreachable" | "timeout" | undefined => {
  if (serverGone.some((kind) => error instanceof kind)) return "unreachable";
  if (error instanceof StatementTimeoutError || error instanceof StatementCancelledError) return "timeout";
  return undefined;
};

/** slonik closes the connection when an error passes through it; a rule's refusal is no reason to, so it travels as a value. */
const inTransaction = async <T>(pool: DatabasePool, work: (db: Connection) => Promise<T>): Promise<T> => {
  const outcome = await pool.connect(async (connection) => {
    try {
      return { value: await connection.transaction((transaction) => work(withinTransaction(transaction))) };
    } catch (error) {
      if (databaseFault(error) === "unreachable") throw error;
      return { error };
    }
  });
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
};

const withinTransaction = (transaction: DatabaseTransactionConnection): Connection => {
  const connection: Connection = {
    ...prepared(transaction),
    inTransaction: <T>(work: (db: Connection) => Promise<T>) => work(connection),
  };
  return connection;
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

/** Sends every statement under a name of its own, so that PostgreSQL parses and plans it once per connection, not once per use. */
const prepared = (methods: Methods): Methods => {
  const withName = <T extends { readonly sql: string }>(statement: T): T => ({ ...statement, name: nameOf(statement.sql) });
  return {
    any: (statement, values) => methods.any(withName(statement), values),
    maybeOne: (statement, values) => methods.maybeOne(withName(statement), values),
    one: (statement, values) => methods.one(withName(statement), values),
    query: (statement, values) => methods.query(withName(statement), values),
  };
};

/**
 * Opens a pool on a database, `postgresql://user:password@host:port/database`. Whether anybody answers there, the first statement
 * finds out; connections lost later are replaced.
 */
export const openDatabase = async (
  url: string,
  options: { readonly poolSize: number; readonly statementTimeoutMs: number },
): Promise<Database> => {
  const pool = await createPool(url, {
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
  });
  return {
    ...prepared(pool),
    inTransaction: (work) => inTransaction(pool, work),
    state: () => {
      const { acquiredConnections, idleConnections, waitingClients } = pool.state();
      return { active: acquiredConnections, idle: idleConnections, waiting: waitingClients };
    },
    close: () => pool.end(),
  };
};
