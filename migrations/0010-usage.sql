-- How much each API key is used, by the day. New tables alone: a program from before this file works on, and counts nothing.

create table key_usage (
  key_id text not null,
  user_id text not null references users on delete cascade,
  -- UTC.
  day date not null,
  requests bigint not null,
  -- Requests for changes.
  writes bigint not null,
  -- Answers of 400 and above.
  errors bigint not null,
  -- Of bodies, as they were sent.
  bytes_in bigint not null,
  bytes_out bigint not null,
  primary key (key_id, day)
) with (fillfactor = 60);
create index key_usage_by_user on key_usage (user_id, day, key_id);
create index key_usage_by_day on key_usage (day, key_id);

-- The last sums that each process has added: none are added twice, though the answer to an addition was lost.
create table usage_writers (
  id text primary key,
  number bigint not null,
  at timestamptz not null
);
create index usage_writers_by_time on usage_writers (at);
