-- First answers to requests that carry an Idempotency-Key, for a day.

create table idempotent_answers (
  -- Keyed hash of the user and their key. Neither it nor the answer can be read without the key, which is kept nowhere.
  name bytea primary key,
  user_id text not null references users on delete cascade,
  -- Keyed hash of the request: what tells a retry from another request under the same key.
  fingerprint bytea not null,
  sealed_answer bytea not null,
  created_at timestamptz not null
);
create index idempotent_answers_by_time on idempotent_answers (created_at);
create index idempotent_answers_by_user on idempotent_answers (user_id);
