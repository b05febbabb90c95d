-- What an API key may be limited to, how long it is valid, and how all processes hear at once that one is valid no more. New columns
-- alone: a program from before this file works on, and knows no limits.

alter table api_keys
  -- Null: all that its user may do.
  add column scopes text[],
  -- Ids of the calendars it reaches; null: all that its user does.
  add column calendars text[],
  -- Addresses it may be used from, CIDR; null: any.
  add column ip_ranges text[],
  add column expires_at timestamptz,
  -- The key that this one took the place of.
  add column replaces text;

-- Heard by every process, each forgets then what it knows of the key, or of all keys of the user: see lib/domain/keys/identify.ts.
-- A row that is deleted together with its user is told of too.
create function tell_of_key() returns trigger language plpgsql as
$$ begin perform pg_notify('keys', old.id); return null; end $$;

create trigger api_keys_are_told after update or delete on api_keys for each row execute function tell_of_key();

create trigger users_are_told after update of email, is_admin or delete on users for each row execute function tell_of_key();
