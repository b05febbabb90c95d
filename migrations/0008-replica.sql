-- Notes of who wrote when, which containers share through Redis, are not to be trusted before this time: one could not be written.
create table replica_holds (
  id boolean primary key default true check (id),
  until timestamptz not null
);
