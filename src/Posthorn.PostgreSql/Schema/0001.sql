-- The first version of Posthorn's schema. Times are bigint: .NET ticks, 100 ns since year 1, UTC; posthorn.time(ticks) makes them a timestamptz.
-- States of a delivery: 0 ready, 1 delayed, 2 leased, 3 held, 4 consumed and kept.

CREATE FUNCTION posthorn.time(ticks bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT to_timestamp((ticks - 621355968000000000) / 10000000.0::float8) $$;

-- Ids are handed to nodes by the hundred.
CREATE SEQUENCE posthorn.message_ids INCREMENT BY 100;
CREATE SEQUENCE posthorn.body_ids INCREMENT BY 100;
CREATE SEQUENCE posthorn.queue_ids;
CREATE SEQUENCE posthorn.node_ids;

-- One row a running node; last_batch says which of its transactions was the last to be committed.
CREATE TABLE posthorn.nodes (
    node_id bigint PRIMARY KEY,
    name text NOT NULL,
    started_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    last_batch bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Updated by every commit that touches the queue: numbers and mod-seqs are taken under its lock.
CREATE TABLE posthorn.queues (
    queue_id bigint PRIMARY KEY,
    name text NOT NULL COLLATE "C",
    policy jsonb NOT NULL,
    policy_version bigint NOT NULL,
    dead_letter_queue text COLLATE "C",
    next_number bigint NOT NULL,
    highest_mod_seq bigint NOT NULL,
    message_count bigint NOT NULL,
    byte_count bigint NOT NULL,
    consumed_count bigint NOT NULL,
    consumed_byte_count bigint NOT NULL,
    deleted_at bigint
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE UNIQUE INDEX queues_name ON posthorn.queues (name) WHERE deleted_at IS NULL;

-- What a message is. Inserted and deleted; updated only when its envelope, attributes, flags, error or content change.
CREATE TABLE posthorn.messages (
    message_id bigint PRIMARY KEY,
    origin_id bigint NOT NULL,
    deduplication_id text,
    envelope jsonb,
    attributes jsonb,
    flags jsonb,
    last_error text,
    prefix bytea,
    skip bigint NOT NULL,
    body_id bigint
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_scale_factor = 0.2);

-- Where a message stands: small, and the only table that leases, releases and moves change.
CREATE TABLE posthorn.deliveries (
    message_id bigint PRIMARY KEY,
    queue_id bigint NOT NULL,
    number bigint NOT NULL,
    mod_seq bigint NOT NULL,
    accepted_at bigint NOT NULL,
    enqueued_at bigint NOT NULL,
    due_at bigint NOT NULL,
    length bigint NOT NULL,
    leased_until bigint,
    lease_token bigint,
    leased_by bigint,
    receive_count integer NOT NULL,
    state smallint NOT NULL,
    priority smallint NOT NULL,
    rank smallint NOT NULL,
    is_held boolean NOT NULL,
    is_due boolean NOT NULL,
    is_ordered boolean NOT NULL,
    group_name text NOT NULL COLLATE "C"
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
CREATE UNIQUE INDEX deliveries_number ON posthorn.deliveries (queue_id, number) WHERE state <> 4;
CREATE INDEX deliveries_ready ON posthorn.deliveries (queue_id, rank DESC, number) WHERE state = 0;
CREATE INDEX deliveries_ready_group ON posthorn.deliveries (queue_id, group_name, rank DESC, number) WHERE state = 0;
CREATE INDEX deliveries_group ON posthorn.deliveries (queue_id, group_name, number) WHERE state <> 4 AND (is_ordered OR group_name <> '');
CREATE INDEX deliveries_received ON posthorn.deliveries (queue_id, receive_count) WHERE state = 0 AND receive_count > 0;
CREATE INDEX deliveries_delayed ON posthorn.deliveries (queue_id, due_at) WHERE state = 1;
CREATE INDEX deliveries_leased ON posthorn.deliveries (queue_id, leased_until) WHERE state = 2;
CREATE INDEX deliveries_held ON posthorn.deliveries (queue_id) WHERE state = 3;
CREATE INDEX deliveries_consumed ON posthorn.deliveries (queue_id, due_at) WHERE state = 4;
CREATE INDEX deliveries_kept ON posthorn.deliveries (queue_id, number) WHERE state = 4;
CREATE INDEX deliveries_accepted ON posthorn.deliveries (queue_id, accepted_at) WHERE state <> 4;

-- Bytes, shared by the messages that refer to them: -1 references is a body that is written and not named yet; 0 a large one that is to be removed.
CREATE TABLE posthorn.bodies (
    body_id bigint PRIMARY KEY,
    length bigint NOT NULL,
    bytes bytea,
    checksum bigint,
    idle_since bigint NOT NULL,
    reference_count integer NOT NULL,
    is_large boolean NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, toast.autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE posthorn.bodies ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX bodies_unused ON posthorn.bodies (idle_since) WHERE reference_count <= 0;

CREATE TABLE posthorn.body_chunks (
    body_id bigint NOT NULL,
    chunk integer NOT NULL,
    checksum bigint NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (body_id, chunk)
) WITH (autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE posthorn.body_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- The groups of FIFO queues, in whose turn they are handed out.
CREATE TABLE posthorn.ordered_groups (
    queue_id bigint NOT NULL,
    group_name text NOT NULL COLLATE "C",
    turn bigint NOT NULL,
    PRIMARY KEY (queue_id, group_name)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX ordered_groups_turn ON posthorn.ordered_groups (queue_id, turn);

-- How many messages of a queue are in which group, whatever their state but consumed; those without a group are the rest of the queue's.
CREATE TABLE posthorn.message_groups (
    queue_id bigint NOT NULL,
    group_name text NOT NULL COLLATE "C",
    message_count bigint NOT NULL,
    PRIMARY KEY (queue_id, group_name)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE posthorn.flag_counts (
    queue_id bigint NOT NULL,
    flag text NOT NULL COLLATE "C",
    message_count bigint NOT NULL,
    PRIMARY KEY (queue_id, flag)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE posthorn.deduplication (
    queue_id bigint NOT NULL,
    group_name text NOT NULL COLLATE "C",
    deduplication_id text NOT NULL COLLATE "C",
    expires_at bigint NOT NULL,
    message_id bigint NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (queue_id, group_name, deduplication_id)
);
CREATE INDEX deduplication_expires ON posthorn.deduplication (expires_at);

CREATE TABLE posthorn.commit_keys (
    key text PRIMARY KEY COLLATE "C",
    expires_at bigint NOT NULL,
    result jsonb NOT NULL
);
CREATE INDEX commit_keys_expires ON posthorn.commit_keys (expires_at);

CREATE TABLE posthorn.documents (
    key text PRIMARY KEY COLLATE "C",
    value bytea NOT NULL
);

-- For people.
CREATE VIEW posthorn.queue_overview AS
    SELECT q.queue_id, q.name, q.message_count, q.byte_count, q.consumed_count, q.highest_mod_seq, q.next_number, q.policy,
           (SELECT count(*) FROM posthorn.deliveries d WHERE d.queue_id = q.queue_id AND d.state = 2) AS leased,
           (SELECT count(*) FROM posthorn.deliveries d WHERE d.queue_id = q.queue_id AND d.state = 1) AS delayed,
           (SELECT count(*) FROM posthorn.deliveries d WHERE d.queue_id = q.queue_id AND d.state = 3) AS held
    FROM posthorn.queues q WHERE q.deleted_at IS NULL;
CREATE VIEW posthorn.message_overview AS
    SELECT q.name AS queue, d.number, d.message_id, (ARRAY['ready', 'delayed', 'leased', 'held', 'consumed'])[d.state + 1] AS state, d.priority, d.group_name,
           posthorn.time(d.accepted_at) AS accepted_at, posthorn.time(d.enqueued_at) AS enqueued_at, posthorn.time(d.due_at) AS due_at,
           posthorn.time(d.leased_until) AS leased_until, d.receive_count, d.mod_seq, d.length, m.envelope, m.attributes, m.flags, m.last_error, m.body_id
    FROM posthorn.deliveries d JOIN posthorn.messages m USING (message_id) JOIN posthorn.queues q USING (queue_id) WHERE q.deleted_at IS NULL;
