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

import { createLanes, OutOfTime } from "./lanes.ts";
import { type Login, readLogin, withRenewal } from "./login.ts";
import { parseTimestamp } from "./timestamp.ts";
import { createTurns } from "./turns.ts";

export { sql };

type Methods = Pick<DatabasePool, "any" | "maybeOne" | "one" | "query">;

/** What statements run on: the pool, or the transaction they belong to. */
export interface Connection extends Methods {
  /**
   * Runs `work` in a transaction: all of it, or nothing. Inside another one it is a part of that, which is undone alone, its locks let
   * go of, when it fails.
   */
  inTransaction<T>(work: (db: Connection) => Promise<T>): Promise<T>;
  /**
   * The same for work that must be done by then (`performance.now()`). What begins later is refused, and what runs is ended by the
   * database at that moment, with an error that {@link databaseFault} knows: the transaction it is part of changes nothing, even if the
   * error is swallowed. A commit that has begun is waited for. So whoever gets that error knows that nothing of the transaction was done.
   */
  until(deadline: number): Connection;
  /**
   * The same for work that writes to what has these names, and waits for whoever writes there: its transactions come in turn, few at a
   * time of each name, so that those of one name never keep all connections. Inside a transaction it is what it was.
   */
  inTurnAt(names: Iterable<string>): Connection;
}

export interface Database extends Connection {
  /** Connections in use, idle, and queries that wait for one; and transactions that wait for their turn. */
  state(): { readonly active: number; readonly idle: number; readonly waiting: number; readonly inLine: number };
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

/** Whether an error means that the database is away, or that a statement or all of the work took too long; undefined: something else. */
export const databaseFault = (error: unknown): "unreachable" | "timeout" | "outOfTime" | undefined => {
  // slonik wraps some failures, the reason underneath.
  for (let reason = error, depth = 0; reason && depth < 5; reason = (reason as { readonly cause?: unknown }).cause, depth += 1) {
    if (reason instanceof OutOfTime) return "outOfTime";
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

/** A statement that takes this long is counted. */
const slowMs = 500;
let slow = 0;

/** How many statements of this process took half a second or more so far, failed ones too. */
export const slowStatements = (): number => slow;

const timed = <T>(statement: Promise<T>): Promise<T> => {
  const startedAt = performance.now();
  return statement.finally(() => {
    if (performance.now() - startedAt >= slowMs) slow += 1;
  });
};

/** Ends what runs on the transaction's connection at the deadline. The text of the statement is always the same. */
const cutOff = async (transaction: DatabaseTransactionConnection, leftMs: number): Promise<void> => {
  const setting = String(Math.max(Math.ceil(leftMs), 1));
  await transaction.query(named(sql.type(row())`select set_config('statement_timeout', ${setting}, true)`));
};

/** Runs work in a transaction that knows when its time is over, and how long a statement may take by itself. */
const inTime = async <T>(
  transaction: DatabaseTransactionConnection,
  { deadline, statementTimeoutMs }: { readonly deadline: number; readonly statementTimeoutMs: number },
  work: (db: Connection) => Promise<T>,
): Promise<T> => {
  let isOver = false;
  /** Throws when the time is over. Far from the deadline, where nearly all requests end, it costs a look at the clock. */
  const ready = (by: number): Promise<void> | undefined => {
    const leftMs = by - performance.now();
    if (leftMs >= statementTimeoutMs) return undefined;
    if (leftMs > 0) return cutOff(transaction, leftMs);
    isOver = true;
    return Promise.reject(new OutOfTime());
  };
  const run = <Result>(by: number, statement: () => Promise<Result>): Promise<Result> => {
    const preparing = ready(by);
    if (!preparing) return timed(statement());
    return preparing
      .then(() => timed(statement()))
      .catch((error) => {
        if (performance.now() < by || databaseFault(error) !== "timeout") throw error;
        isOver = true;
        throw new OutOfTime();
      });
  };
  const within = (by: number): Connection => {
    const connection: Connection = {
      any: (statement) => run(by, () => transaction.any(named(statement))),
      maybeOne: (statement) => run(by, () => transaction.maybeOne(named(statement))),
      one: (statement) => run(by, () => transaction.one(named(statement))),
      query: (statement) => run(by, () => transaction.query(named(statement))),
      until: (sooner) => within(Math.min(by, sooner)),
      inTurnAt: () => connection,
      inTransaction: async (part) => {
        // Names of savepoints shadow each other, as nested transactions do.
        await connection.query(sql.unsafe`savepoint part`);
        try {
          const result = await part(connection);
          await connection.query(sql.unsafe`release savepoint part`);
          return result;
        } catch (error) {
          // Fails only when the connection has gone, and the whole transaction with it.
          await transaction.query(sql.unsafe`rollback to savepoint part`).catch(() => {});
          await transaction.query(sql.unsafe`release savepoint part`).catch(() => {});
          throw error;
        }
      },
    };
    return connection;
  };
  const result = await work(within(deadline));
  // Whatever became of the error that said so.
  if (isOver) throw new OutOfTime();
  return result;
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
  // Failed statements are reported there as well; whoever asked hears of them.
  pool.on("error", () => {});
  const { lend, state, close } = createLanes(pool, options.poolSize, renew);
  const { statementTimeoutMs } = options;
  const transact = <T>(deadline: number, work: (db: Connection) => Promise<T>): Promise<T> =>
    lend(deadline, (connection) =>
      connection.transaction((transaction) => inTime(transaction, { deadline, statementTimeoutMs }, work)),
    );
  const turns = createTurns();
  const on = (deadline: number, names: readonly string[] = []): Connection => {
    const single = <T>(run: (on: Methods) => Promise<T>): Promise<T> =>
      // Close to the deadline a statement needs a transaction to have a time of its own.
      deadline - performance.now() < statementTimeoutMs
        ? transact(deadline, run)
        : lend(deadline, (connection) => timed(run(connection)));
    return {
      any: (statement) => single((connection) => connection.any(named(statement))),
      maybeOne: (statement) => single((connection) => connection.maybeOne(named(statement))),
      one: (statement) => single((connection) => connection.one(named(statement))),
      query: (statement) => single((connection) => connection.query(named(statement))),
      inTransaction: (work) => turns.take(names, deadline, () => transact(deadline, work)),
      until: (sooner) => on(Math.min(deadline, sooner), names),
      // In one order, as locks are: who has one turn and waits for the next never waits for who waits for the first.
      inTurnAt: (others) => on(deadline, [...new Set(others)].sort()),
    };
  };
  return {
    ...on(Number.POSITIVE_INFINITY),
    state: () => ({ ...state(), inLine: turns.waiting() }),
    close: async () => {
      turns.close();
      await close();
    },
  };
};
