-- Channels: who is told, and where, when events, rules of access, a list of calendars or settings change.

create table channels (
  -- Ours: a client may use its id again once the channel has ended.
  number bigint generated always as identity primary key,
  id text not null constraint channels_id_once unique,
  user_id text not null references users on delete cascade,
  kind text not null check (kind in ('events', 'acl', 'calendarList', 'settings')),
  -- No foreign key: when the calendar is deleted, its channels are told so before they end.
  calendar_id text,
  resource_id text not null,
  resource_uri text not null,
  address text not null,
  token text,
  expires_at timestamptz not null,
  -- The first message has reached the receiver, or was refused by it.
  synced boolean not null default false,
  -- The number of the last message: the first one is 1, and every attempt at a later one takes a number of its own.
  messages bigint not null default 1,
  constraint channels_calendar_fits_kind check ((calendar_id is not null) = (kind in ('events', 'acl')))
);
create index channels_by_calendar on channels (calendar_id, kind) where calendar_id is not null;
create index channels_by_user on channels (user_id, kind);
create index channels_by_expiry on channels (expires_at);
