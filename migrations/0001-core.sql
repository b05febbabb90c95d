-- Users and their keys, calendars, events. Nothing before it, so nothing breaks.

create extension if not exists btree_gist;

create table secrets (
  name text primary key,
  value bytea not null
);

create table users (
  id text primary key,
  email text not null constraint users_email_once unique,
  display_name text,
  is_admin boolean not null default false,
  created_at timestamptz not null default now()
);

create table api_keys (
  id text primary key,
  user_id text not null references users on delete cascade,
  name text not null,
  hash bytea not null constraint api_keys_hash_once unique,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);
create index api_keys_by_user on api_keys (user_id, created_at);

create table calendars (
  id text primary key,
  owner_id text not null references users on delete cascade,
  is_primary boolean not null default false,
  summary text not null,
  description text,
  location text,
  time_zone text not null,
  -- What else the client wrote, under Google's names.
  details jsonb not null default '{}',
  -- The number of the last change to the calendar or to anything in it: taken under this row's lock by every write.
  change bigint not null default 1,
  -- The number of the last change to the calendar itself.
  own_change bigint not null default 1,
  -- Deleted events that changed up to here have been purged: older sync tokens are refused.
  purged_change bigint not null default 0,
  -- Of events deleted before this time some have been purged: lists by an earlier update would miss them.
  purged_until timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index calendars_by_owner on calendars (owner_id, id);
create unique index calendars_one_primary on calendars (owner_id) where is_primary;

create table events (
  calendar_id text not null references calendars on delete cascade,
  id text not null collate "C",
  i_cal_uid text not null,
  status text not null check (status in ('confirmed', 'tentative', 'cancelled')),
  -- On a changed instance that is cancelled because its series has no place for it any more: its status when the place comes back.
  displaced_status text,
  -- The master of a series whose rule can be expanded.
  recurring boolean not null,
  -- On a changed instance: its master, and its original start as the instance's id ends: 20260308T130000Z or 20260308.
  master_id text collate "C",
  original_key text collate "C",
  -- When it is: instants of a timed event, dates of an all-day one. A series spans from its first start to its last end.
  starts_at timestamptz,
  ends_at timestamptz,
  start_date date,
  end_date date,
  change bigint not null,
  sequence integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- What the text search looks through, lower case.
  words text not null,
  -- Extended properties as {"private": {…}, "shared": {…}}, where there are any.
  properties jsonb,
  -- Start, end, recurrence and everything else the event says.
  data jsonb not null,
  primary key (calendar_id, id),
  constraint events_one_kind_of_time check ((starts_at is null) <> (start_date is null)),
  constraint events_instance_has_original check ((master_id is null) = (original_key is null))
);

-- Of a UID its hash: one may be longer than an index entry.
create index events_by_uid on events (calendar_id, md5(i_cal_uid));
create index events_by_change on events (calendar_id, change, id);
create index events_by_update on events (calendar_id, updated_at, id);
create index events_by_master on events (calendar_id, master_id, original_key) where master_id is not null;
create index events_by_start on events (calendar_id, starts_at, id) where starts_at is not null and not recurring;
create index events_by_start_date on events (calendar_id, start_date, id) where start_date is not null and not recurring;
-- Series apart from the rest: endless spans in the same pages would make every page of the index look like a hit.
create index events_by_span on events using gist (calendar_id, tstzrange(starts_at, ends_at, '[]'))
  where starts_at is not null and not recurring;
create index events_by_span_of_days on events using gist (calendar_id, daterange(start_date, end_date, '[]'))
  where start_date is not null and not recurring;
create index series_by_span on events using gist (calendar_id, tstzrange(starts_at, ends_at, '[]'))
  where starts_at is not null and recurring;
create index series_by_span_of_days on events using gist (calendar_id, daterange(start_date, end_date, '[]'))
  where start_date is not null and recurring;
create index events_by_properties on events using gin (properties jsonb_path_ops) where properties is not null;

-- How a series ran before its times were changed or it was deleted: lets a client that syncs instances hear which ones are gone.
create table retired_series (
  calendar_id text not null,
  event_id text not null collate "C",
  -- The change that ended this version.
  change bigint not null,
  data jsonb not null,
  primary key (calendar_id, event_id, change),
  foreign key (calendar_id, event_id) references events on delete cascade
);
create index retired_series_by_change on retired_series (calendar_id, change);
