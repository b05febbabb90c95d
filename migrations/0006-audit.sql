-- The audit log: who changed what, when, from where. New tables alone: a program from before this file works on, and logs nothing.
--
-- Nothing in it is ever changed, deleted or put in between: triggers refuse it to everybody, the tables' owner too, unless they
-- disable them. Entries are hashed in chains under a key that the database does not use, so that what somebody did who could
-- disable them is found and named. In production, let the program connect as a role that owns no tables, so that it cannot disable a
-- trigger, and run migrations as their owner. That role needs
--   grant select, insert, update on audit_chains to <role>,
--   grant select, insert, update (address, correlation_id, calendar_id, subject, details, salt, erasure) on audit to <role>.

create table audit (
  chain smallint not null,
  -- The entry's place in its chain: 1, 2, 3, …
  number bigint not null,
  at timestamptz not null,
  -- The endpoint's id.
  action text not null,
  -- Who. Not references: entries outlive what they tell of. The server itself has empty ids.
  user_id text not null,
  key_id text not null,
  -- What may be personal data: it is in the hash by a salted digest alone, so that it can be erased together with its salt.
  address text,
  correlation_id text,
  calendar_id text,
  -- The user (id) or the address whom the entry is about, when it is about a person.
  subject text,
  -- {"object": {…}, "before": …, "after": …}, as it was hashed.
  details text,
  salt bytea,
  personal_digest bytea not null,
  -- What shows that the personal part was erased by the program.
  erasure bytea,
  -- HMAC of the entry itself, and of the hash before it with that.
  digest bytea not null,
  hash bytea not null,
  primary key (chain, number),
  constraint audit_is_whole_or_erased check ((salt is null) = (erasure is not null))
);
create index audit_by_time on audit (at, chain, number);
create index audit_by_user on audit (user_id, at, chain, number);
create index audit_by_key on audit (key_id, at, chain, number);
create index audit_by_calendar on audit (calendar_id, at, chain, number) where calendar_id is not null;
create index audit_by_action on audit (action, at, chain, number);
create index audit_by_subject on audit (subject) where subject is not null;

-- Where each chain ends. A writer takes one that no other has, so that no two wait for each other.
create table audit_chains (
  chain smallint primary key,
  number bigint not null,
  hash bytea not null,
  -- HMAC of all three: a chain cannot be said to end earlier than it does.
  seal bytea not null
) with (fillfactor = 20);

create function refuse_change() returns trigger language plpgsql as
$$ begin raise exception 'The audit log is only ever added to.' using errcode = 'restrict_violation'; end $$;

create trigger audit_is_append_only before delete on audit for each row execute function refuse_change();
create trigger audit_is_not_truncated before truncate on audit for each statement execute function refuse_change();
create trigger audit_is_only_erased before update on audit for each row
when (
  new.address is not null or new.correlation_id is not null or new.calendar_id is not null or new.subject is not null
  or new.details is not null or new.salt is not null or new.erasure is null or old.erasure is not null
  or (new.chain, new.number, new.at, new.action, new.user_id, new.key_id, new.personal_digest, new.digest, new.hash)
    is distinct from
    (old.chain, old.number, old.at, old.action, old.user_id, old.key_id, old.personal_digest, old.digest, old.hash)
)
execute function refuse_change();
create trigger audit_chains_stay before delete on audit_chains for each row execute function refuse_change();
create trigger audit_chains_are_not_truncated before truncate on audit_chains for each statement execute function refuse_change();
create trigger audit_chains_only_grow before update on audit_chains for each row
when (new.chain <> old.chain or new.number <> old.number + 1) execute function refuse_change();

revoke all on audit, audit_chains from public;
