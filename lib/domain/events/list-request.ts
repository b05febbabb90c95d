import type { Calendar } from "#lib/model/calendar.ts";
import type { Event } from "#lib/model/event.ts";
import type { Zone } from "#lib/model/zone.ts";
import type { Connection } from "#lib/sql/database.ts";
import type { Filter, Window } from "#lib/sql/event-lists.ts";
import type { Cursor } from "./list-query.ts";

/** What the ways of listing need to know. */
export interface ListRequest {
  readonly db: Connection;
  readonly calendar: Calendar;
  /** Where days begin: the calendar's. */
  readonly zone: Zone;
  readonly filter: Filter;
  /** Series are listed as their instances. */
  readonly expand: boolean;
  readonly window: Window;
  /** Where series that never end are cut off. */
  readonly horizon: number;
  readonly limit: number;
  readonly after: Cursor | undefined;
  /** Only the instances of this series. */
  readonly master?: Event;
}

export interface Listed {
  readonly items: Event[];
  /** The place of the last item, when there is more behind it. */
  readonly cursor?: Cursor;
}
