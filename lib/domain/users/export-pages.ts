/** Pages of rows on their way into a file: what is in memory is one of them. */
export type Pages<Row> = AsyncGenerator<readonly Row[], void>;

/** Rows that are in memory at a time. */
export const pageSize = 500;

/** A page after another, each from where the last one ended. */
export async function* readPages<Row, Cursor>(
  read: (after: Cursor | undefined) => Promise<readonly Row[]>,
  cursorOf: (last: Row) => Cursor,
): Pages<Row> {
  for (let after: Cursor | undefined; ; ) {
    const page = await read(after);
    yield page;
    const last = page.at(-1);
    if (!last || page.length < pageSize) return;
    after = cursorOf(last);
  }
}

/** All that is there at once, as a page. */
export async function* onePage<Row>(read: () => Promise<readonly Row[]>): Pages<Row> {
  yield await read();
}

/** The pages of several lists, one list after the other. */
export async function* joinPages<Row>(...lists: readonly Pages<Row>[]): Pages<Row> {
  for (const list of lists) yield* list;
}

/** JSON's array of all rows, each on a line. */
export async function* toJson<Row>(pages: Pages<Row>, write: (row: Row) => object): AsyncGenerator<string, void> {
  let before = "[\n";
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield before + page.map((row) => JSON.stringify(write(row))).join(",\n");
    before = ",\n";
  }
  yield before === "[\n" ? "[]\n" : "\n]\n";
}
