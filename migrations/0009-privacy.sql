-- Erasure of persons. New columns, an index and a small table: a program from before this file works on, and erases nobody.

alter table users
  -- The address that stands for somebody who is being erased: they are gone for everybody from then on, their data within the same
  -- request, or within the next hour where that was interrupted.
  add column erased_as text,
  -- Calendars of theirs that are deleted already: events elsewhere may still name them.
  add column erased_calendars text[] not null default '{}';

-- Up to this change rules of access have been removed without a trace: older sync tokens of the list of rules are refused.
alter table calendars add column purged_rules_change bigint not null default 0;

create index acl_rules_by_user on acl_rules (scope_value) where scope_type = 'user';

drop trigger users_are_told on users;
create trigger users_are_told after update of email, is_admin, erased_as or delete on users
for each row execute function tell_of_key();

-- Up to which time something has been done to all that is older: so that it is not gone through again and again.
create table retention (
  name text primary key,
  until timestamptz not null
);
