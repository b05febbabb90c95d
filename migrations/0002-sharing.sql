-- Sharing: rules of access, groups, each user's list of calendars and settings, copies of events on guests' calendars.

-- Weakest first, so that the strongest of several is their maximum.
create type calendar_role as enum ('none', 'freeBusyReader', 'reader', 'writerWithoutPrivateAccess', 'writer', 'owner');

create table acl_rules (
  calendar_id text not null references calendars on delete cascade,
  -- As clients see it: user:<address>, group:<address>, domain:<name>, default.
  id text not null,
  scope_type text not null check (scope_type in ('default', 'user', 'group', 'domain')),
  scope_value text,
  -- `none` is a rule that was taken away, kept for clients that sync.
  role calendar_role not null,
  change bigint not null,
  updated_at timestamptz not null,
  primary key (calendar_id, id),
  constraint acl_rules_scope_has_value check ((scope_type = 'default') = (scope_value is null))
);
create index acl_rules_by_change on acl_rules (calendar_id, change, id);
create index acl_rules_by_group on acl_rules (scope_value) where scope_type = 'group';

insert into acl_rules (calendar_id, id, scope_type, scope_value, role, change, updated_at)
select c.id, 'user:' || u.email, 'user', u.email, 'owner', c.own_change, c.updated_at
from calendars c join users u on u.id = c.owner_id;

create table groups (
  email text primary key,
  display_name text,
  created_at timestamptz not null default now()
);

create table group_members (
  group_email text not null references groups on delete cascade,
  email text not null,
  primary key (group_email, email)
);
create index group_members_by_email on group_members (email);

-- The number of the last change to a user's calendar list or settings, taken under the user's row lock as a calendar's is; and the
-- number up to which entries that were taken out have been purged.
alter table users
  add column change bigint not null default 1,
  add column purged_change bigint not null default 0;

-- An entry that was taken out stays as deleted, also when its calendar is no more: clients that sync hear of it.
create table calendar_list (
  user_id text not null references users on delete cascade,
  calendar_id text not null,
  -- What the user says of the calendar, under Google's names: summaryOverride, colours, hidden, selected, reminders, notifications.
  data jsonb not null default '{}',
  deleted boolean not null default false,
  change bigint not null,
  updated_at timestamptz not null,
  primary key (user_id, calendar_id)
);
create index calendar_list_by_change on calendar_list (user_id, change, calendar_id);
create index calendar_list_by_calendar on calendar_list (calendar_id);

insert into calendar_list (user_id, calendar_id, data, change, updated_at)
select owner_id, id, '{"selected": true}', 1, updated_at from calendars;

-- What a user has set; what is missing has its usual value.
create table user_settings (
  user_id text not null references users on delete cascade,
  id text not null,
  value text not null,
  change bigint not null,
  primary key (user_id, id)
);
create index user_settings_by_change on user_settings (user_id, change, id);

insert into user_settings (user_id, id, value, change)
select owner_id, 'timezone', time_zone, 1 from calendars where is_primary;

alter table events
  -- It takes up time: not transparent, and not declined by the calendar's own attendee.
  add column busy boolean not null default true,
  -- On a guest's copy: the organizer's calendar, and the event's id there.
  add column copy_of_calendar text,
  add column copy_of_event text collate "C",
  add constraint events_copy_is_of_an_event check ((copy_of_calendar is null) = (copy_of_event is null));

update events set busy = false
where data->'details'->>'transparency' = 'transparent'
  or jsonb_path_exists(
    data, '$.details.attendees[*] ? (@.email == $self && @.responseStatus == "declined")', jsonb_build_object('self', calendar_id)
  );

create index events_by_original on events (calendar_id, copy_of_calendar, copy_of_event) where copy_of_calendar is not null;
