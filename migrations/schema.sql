-- What all migrations make together, for reading and for comparing; nothing runs it. The queue's schema, pg-boss's own, is left out.
-- UPDATE_SCHEMA=1 npm test -- test/migrations/schema writes it anew.
--
-- PostgreSQL database dump
--



SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: btree_gist; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;


--
-- Name: EXTENSION btree_gist; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON EXTENSION btree_gist IS 'support for indexing common datatypes in GiST';


--
-- Name: calendar_role; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.calendar_role AS ENUM (
    'none',
    'freeBusyReader',
    'reader',
    'writerWithoutPrivateAccess',
    'writer',
    'owner'
);


--
-- Name: refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin raise exception 'The audit log is only ever added to.' using errcode = 'restrict_violation'; end $$;


--
-- Name: tell_of_key(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.tell_of_key() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ begin perform pg_notify('keys', old.id); return null; end $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: acl_rules; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.acl_rules (
    calendar_id text NOT NULL,
    id text NOT NULL,
    scope_type text NOT NULL,
    scope_value text,
    role public.calendar_role NOT NULL,
    change bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT acl_rules_scope_has_value CHECK (((scope_type = 'default'::text) = (scope_value IS NULL))),
    CONSTRAINT acl_rules_scope_type_check CHECK ((scope_type = ANY (ARRAY['default'::text, 'user'::text, 'group'::text, 'domain'::text])))
);


--
-- Name: api_keys; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api_keys (
    id text NOT NULL,
    user_id text NOT NULL,
    name text NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    scopes text[],
    calendars text[],
    ip_ranges text[],
    expires_at timestamp with time zone,
    replaces text
);


--
-- Name: audit; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit (
    chain smallint NOT NULL,
    number bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    action text NOT NULL,
    user_id text NOT NULL,
    key_id text NOT NULL,
    address text,
    correlation_id text,
    calendar_id text,
    subject text,
    details text,
    salt bytea,
    personal_digest bytea NOT NULL,
    erasure bytea,
    digest bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_is_whole_or_erased CHECK (((salt IS NULL) = (erasure IS NOT NULL)))
);


--
-- Name: audit_chains; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit_chains (
    chain smallint NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    seal bytea NOT NULL
)
WITH (fillfactor='20');


--
-- Name: calendar_list; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.calendar_list (
    user_id text NOT NULL,
    calendar_id text NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    deleted boolean DEFAULT false NOT NULL,
    change bigint NOT NULL,
    updated_at timestamp with time zone NOT NULL
);


--
-- Name: calendars; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.calendars (
    id text NOT NULL,
    owner_id text NOT NULL,
    is_primary boolean DEFAULT false NOT NULL,
    summary text NOT NULL,
    description text,
    location text,
    time_zone text NOT NULL,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    change bigint DEFAULT 1 NOT NULL,
    own_change bigint DEFAULT 1 NOT NULL,
    purged_change bigint DEFAULT 0 NOT NULL,
    purged_until timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    purged_rules_change bigint DEFAULT 0 NOT NULL
);


--
-- Name: channels; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.channels (
    number bigint NOT NULL,
    id text NOT NULL,
    user_id text NOT NULL,
    kind text NOT NULL,
    calendar_id text,
    resource_id text NOT NULL,
    resource_uri text NOT NULL,
    address text NOT NULL,
    token text,
    expires_at timestamp with time zone NOT NULL,
    synced boolean DEFAULT false NOT NULL,
    messages bigint DEFAULT 1 NOT NULL,
    CONSTRAINT channels_calendar_fits_kind CHECK (((calendar_id IS NOT NULL) = (kind = ANY (ARRAY['events'::text, 'acl'::text])))),
    CONSTRAINT channels_kind_check CHECK ((kind = ANY (ARRAY['events'::text, 'acl'::text, 'calendarList'::text, 'settings'::text])))
);


--
-- Name: channels_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.channels ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.channels_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.events (
    calendar_id text NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    i_cal_uid text NOT NULL,
    status text NOT NULL,
    displaced_status text,
    recurring boolean NOT NULL,
    master_id text COLLATE pg_catalog."C",
    original_key text COLLATE pg_catalog."C",
    starts_at timestamp with time zone,
    ends_at timestamp with time zone,
    start_date date,
    end_date date,
    change bigint NOT NULL,
    sequence integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    words text NOT NULL,
    properties jsonb,
    data jsonb NOT NULL,
    busy boolean DEFAULT true NOT NULL,
    copy_of_calendar text,
    copy_of_event text COLLATE pg_catalog."C",
    CONSTRAINT events_copy_is_of_an_event CHECK (((copy_of_calendar IS NULL) = (copy_of_event IS NULL))),
    CONSTRAINT events_instance_has_original CHECK (((master_id IS NULL) = (original_key IS NULL))),
    CONSTRAINT events_one_kind_of_time CHECK (((starts_at IS NULL) <> (start_date IS NULL))),
    CONSTRAINT events_status_check CHECK ((status = ANY (ARRAY['confirmed'::text, 'tentative'::text, 'cancelled'::text])))
);


--
-- Name: group_members; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.group_members (
    group_email text NOT NULL,
    email text NOT NULL
);


--
-- Name: groups; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.groups (
    email text NOT NULL,
    display_name text,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: idempotent_answers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.idempotent_answers (
    name bytea NOT NULL,
    user_id text NOT NULL,
    fingerprint bytea NOT NULL,
    sealed_answer bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);


--
-- Name: key_usage; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.key_usage (
    key_id text NOT NULL,
    user_id text NOT NULL,
    day date NOT NULL,
    requests bigint NOT NULL,
    writes bigint NOT NULL,
    errors bigint NOT NULL,
    bytes_in bigint NOT NULL,
    bytes_out bigint NOT NULL
)
WITH (fillfactor='60');


--
-- Name: replica_holds; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.replica_holds (
    id boolean DEFAULT true NOT NULL,
    until timestamp with time zone NOT NULL,
    CONSTRAINT replica_holds_id_check CHECK (id)
);


--
-- Name: retention; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.retention (
    name text NOT NULL,
    until timestamp with time zone NOT NULL
);


--
-- Name: retired_series; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.retired_series (
    calendar_id text NOT NULL,
    event_id text NOT NULL COLLATE pg_catalog."C",
    change bigint NOT NULL,
    data jsonb NOT NULL
);


--
-- Name: secrets; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.secrets (
    name text NOT NULL,
    value bytea NOT NULL
);


--
-- Name: usage_writers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.usage_writers (
    id text NOT NULL,
    number bigint NOT NULL,
    at timestamp with time zone NOT NULL
);


--
-- Name: user_settings; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.user_settings (
    user_id text NOT NULL,
    id text NOT NULL,
    value text NOT NULL,
    change bigint NOT NULL
);


--
-- Name: users; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.users (
    id text NOT NULL,
    email text NOT NULL,
    display_name text,
    is_admin boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    change bigint DEFAULT 1 NOT NULL,
    purged_change bigint DEFAULT 0 NOT NULL,
    erased_as text,
    erased_calendars text[] DEFAULT '{}'::text[] NOT NULL
);


--
-- Name: acl_rules acl_rules_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.acl_rules
    ADD CONSTRAINT acl_rules_pkey PRIMARY KEY (calendar_id, id);


--
-- Name: api_keys api_keys_hash_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_hash_once UNIQUE (hash);


--
-- Name: api_keys api_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);


--
-- Name: audit_chains audit_chains_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit_chains
    ADD CONSTRAINT audit_chains_pkey PRIMARY KEY (chain);


--
-- Name: audit audit_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (chain, number);


--
-- Name: calendar_list calendar_list_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.calendar_list
    ADD CONSTRAINT calendar_list_pkey PRIMARY KEY (user_id, calendar_id);


--
-- Name: calendars calendars_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.calendars
    ADD CONSTRAINT calendars_pkey PRIMARY KEY (id);


--
-- Name: channels channels_id_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.channels
    ADD CONSTRAINT channels_id_once UNIQUE (id);


--
-- Name: channels channels_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.channels
    ADD CONSTRAINT channels_pkey PRIMARY KEY (number);


--
-- Name: events events_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (calendar_id, id);


--
-- Name: group_members group_members_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_pkey PRIMARY KEY (group_email, email);


--
-- Name: groups groups_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.groups
    ADD CONSTRAINT groups_pkey PRIMARY KEY (email);


--
-- Name: idempotent_answers idempotent_answers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotent_answers
    ADD CONSTRAINT idempotent_answers_pkey PRIMARY KEY (name);


--
-- Name: key_usage key_usage_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key_usage
    ADD CONSTRAINT key_usage_pkey PRIMARY KEY (key_id, day);


--
-- Name: replica_holds replica_holds_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.replica_holds
    ADD CONSTRAINT replica_holds_pkey PRIMARY KEY (id);


--
-- Name: retention retention_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.retention
    ADD CONSTRAINT retention_pkey PRIMARY KEY (name);


--
-- Name: retired_series retired_series_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.retired_series
    ADD CONSTRAINT retired_series_pkey PRIMARY KEY (calendar_id, event_id, change);


--
-- Name: secrets secrets_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT secrets_pkey PRIMARY KEY (name);


--
-- Name: usage_writers usage_writers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.usage_writers
    ADD CONSTRAINT usage_writers_pkey PRIMARY KEY (id);


--
-- Name: user_settings user_settings_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_settings
    ADD CONSTRAINT user_settings_pkey PRIMARY KEY (user_id, id);


--
-- Name: users users_email_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_once UNIQUE (email);


--
-- Name: users users_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);


--
-- Name: acl_rules_by_change; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX acl_rules_by_change ON public.acl_rules USING btree (calendar_id, change, id);


--
-- Name: acl_rules_by_group; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX acl_rules_by_group ON public.acl_rules USING btree (scope_value) WHERE (scope_type = 'group'::text);


--
-- Name: acl_rules_by_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX acl_rules_by_user ON public.acl_rules USING btree (scope_value) WHERE (scope_type = 'user'::text);


--
-- Name: api_keys_by_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX api_keys_by_user ON public.api_keys USING btree (user_id, created_at);


--
-- Name: audit_by_action; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_by_action ON public.audit USING btree (action, at, chain, number);


--
-- Name: audit_by_calendar; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_by_calendar ON public.audit USING btree (calendar_id, at, chain, number) WHERE (calendar_id IS NOT NULL);


--
-- Name: audit_by_key; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_by_key ON public.audit USING btree (key_id, at, chain, number);


--
-- Name: audit_by_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_by_subject ON public.audit USING btree (subject) WHERE (subject IS NOT NULL);


--
-- Name: audit_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_by_time ON public.audit USING btree (at, chain, number);


--
-- Name: audit_by_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_by_user ON public.audit USING btree (user_id, at, chain, number);


--
-- Name: calendar_list_by_calendar; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX calendar_list_by_calendar ON public.calendar_list USING btree (calendar_id);


--
-- Name: calendar_list_by_change; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX calendar_list_by_change ON public.calendar_list USING btree (user_id, change, calendar_id);


--
-- Name: calendars_by_owner; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX calendars_by_owner ON public.calendars USING btree (owner_id, id);


--
-- Name: calendars_one_primary; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX calendars_one_primary ON public.calendars USING btree (owner_id) WHERE is_primary;


--
-- Name: channels_by_calendar; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX channels_by_calendar ON public.channels USING btree (calendar_id, kind) WHERE (calendar_id IS NOT NULL);


--
-- Name: channels_by_expiry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX channels_by_expiry ON public.channels USING btree (expires_at);


--
-- Name: channels_by_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX channels_by_user ON public.channels USING btree (user_id, kind);


--
-- Name: events_by_change; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_by_change ON public.events USING btree (calendar_id, change, id);


--
-- Name: events_by_master; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_by_master ON public.events USING btree (calendar_id, master_id, original_key) WHERE (master_id IS NOT NULL);


--
-- Name: events_by_original; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_by_original ON public.events USING btree (calendar_id, copy_of_calendar, copy_of_event) WHERE (copy_of_calendar IS NOT NULL);


--
-- Name: events_by_properties; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_by_properties ON public.events USING gin (properties jsonb_path_ops) WHERE (properties IS NOT NULL);


--
-- Name: events_by_span; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_by_span ON public.events USING gist (calendar_id, tstzrange(starts_at, ends_at, '[]'::text)) WHERE ((starts_at IS NOT NULL) AND (NOT recurring));


--
-- Name: events_by_span_of_days; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_by_span_of_days ON public.events USING gist (calendar_id, daterange(start_date, end_date, '[]'::text)) WHERE ((start_date IS NOT NULL) AND (NOT recurring));


--
-- Name: events_by_start; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_by_start ON public.events USING btree (calendar_id, starts_at, id) WHERE ((starts_at IS NOT NULL) AND (NOT recurring));


--
-- Name: events_by_start_date; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_by_start_date ON public.events USING btree (calendar_id, start_date, id) WHERE ((start_date IS NOT NULL) AND (NOT recurring));


--
-- Name: events_by_uid; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_by_uid ON public.events USING btree (calendar_id, md5(i_cal_uid));


--
-- Name: events_by_update; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_by_update ON public.events USING btree (calendar_id, updated_at, id);


--
-- Name: group_members_by_email; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX group_members_by_email ON public.group_members USING btree (email);


--
-- Name: idempotent_answers_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idempotent_answers_by_time ON public.idempotent_answers USING btree (created_at);


--
-- Name: idempotent_answers_by_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idempotent_answers_by_user ON public.idempotent_answers USING btree (user_id);


--
-- Name: key_usage_by_day; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX key_usage_by_day ON public.key_usage USING btree (day, key_id);


--
-- Name: key_usage_by_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX key_usage_by_user ON public.key_usage USING btree (user_id, day, key_id);


--
-- Name: retired_series_by_change; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX retired_series_by_change ON public.retired_series USING btree (calendar_id, change);


--
-- Name: series_by_span; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX series_by_span ON public.events USING gist (calendar_id, tstzrange(starts_at, ends_at, '[]'::text)) WHERE ((starts_at IS NOT NULL) AND recurring);


--
-- Name: series_by_span_of_days; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX series_by_span_of_days ON public.events USING gist (calendar_id, daterange(start_date, end_date, '[]'::text)) WHERE ((start_date IS NOT NULL) AND recurring);


--
-- Name: usage_writers_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX usage_writers_by_time ON public.usage_writers USING btree (at);


--
-- Name: user_settings_by_change; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX user_settings_by_change ON public.user_settings USING btree (user_id, change, id);


--
-- Name: api_keys api_keys_are_told; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER api_keys_are_told AFTER DELETE OR UPDATE ON public.api_keys FOR EACH ROW EXECUTE FUNCTION public.tell_of_key();


--
-- Name: audit_chains audit_chains_are_not_truncated; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_chains_are_not_truncated BEFORE TRUNCATE ON public.audit_chains FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: audit_chains audit_chains_only_grow; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_chains_only_grow BEFORE UPDATE ON public.audit_chains FOR EACH ROW WHEN (((new.chain <> old.chain) OR (new.number <> (old.number + 1)))) EXECUTE FUNCTION public.refuse_change();


--
-- Name: audit_chains audit_chains_stay; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_chains_stay BEFORE DELETE ON public.audit_chains FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: audit audit_is_append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_is_append_only BEFORE DELETE ON public.audit FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: audit audit_is_not_truncated; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_is_not_truncated BEFORE TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: audit audit_is_only_erased; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_is_only_erased BEFORE UPDATE ON public.audit FOR EACH ROW WHEN (((new.address IS NOT NULL) OR (new.correlation_id IS NOT NULL) OR (new.calendar_id IS NOT NULL) OR (new.subject IS NOT NULL) OR (new.details IS NOT NULL) OR (new.salt IS NOT NULL) OR (new.erasure IS NULL) OR (old.erasure IS NOT NULL) OR (((((((((new.chain IS DISTINCT FROM old.chain) OR (new.number IS DISTINCT FROM old.number)) OR (new.at IS DISTINCT FROM old.at)) OR (new.action IS DISTINCT FROM old.action)) OR (new.user_id IS DISTINCT FROM old.user_id)) OR (new.key_id IS DISTINCT FROM old.key_id)) OR (new.personal_digest IS DISTINCT FROM old.personal_digest)) OR (new.digest IS DISTINCT FROM old.digest)) OR (new.hash IS DISTINCT FROM old.hash)))) EXECUTE FUNCTION public.refuse_change();


--
-- Name: users users_are_told; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER users_are_told AFTER DELETE OR UPDATE OF email, is_admin, erased_as ON public.users FOR EACH ROW EXECUTE FUNCTION public.tell_of_key();


--
-- Name: acl_rules acl_rules_calendar_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.acl_rules
    ADD CONSTRAINT acl_rules_calendar_id_fkey FOREIGN KEY (calendar_id) REFERENCES public.calendars(id) ON DELETE CASCADE;


--
-- Name: api_keys api_keys_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;


--
-- Name: calendar_list calendar_list_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.calendar_list
    ADD CONSTRAINT calendar_list_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;


--
-- Name: calendars calendars_owner_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.calendars
    ADD CONSTRAINT calendars_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.users(id) ON DELETE CASCADE;


--
-- Name: channels channels_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.channels
    ADD CONSTRAINT channels_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;


--
-- Name: events events_calendar_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_calendar_id_fkey FOREIGN KEY (calendar_id) REFERENCES public.calendars(id) ON DELETE CASCADE;


--
-- Name: group_members group_members_group_email_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_group_email_fkey FOREIGN KEY (group_email) REFERENCES public.groups(email) ON DELETE CASCADE;


--
-- Name: idempotent_answers idempotent_answers_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotent_answers
    ADD CONSTRAINT idempotent_answers_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;


--
-- Name: key_usage key_usage_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key_usage
    ADD CONSTRAINT key_usage_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;


--
-- Name: retired_series retired_series_calendar_id_event_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.retired_series
    ADD CONSTRAINT retired_series_calendar_id_event_id_fkey FOREIGN KEY (calendar_id, event_id) REFERENCES public.events(calendar_id, id) ON DELETE CASCADE;


--
-- Name: user_settings user_settings_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.user_settings
    ADD CONSTRAINT user_settings_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;


--
-- PostgreSQL database dump complete
--
