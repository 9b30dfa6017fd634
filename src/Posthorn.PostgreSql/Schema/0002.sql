-- The second version: nodes see each other, and have one history.

-- What each node says once a second, apart from its row in nodes: that one is locked by each of its transactions. Times are the server's, and only its.
CREATE TABLE posthorn.node_beats (
    node_id bigint PRIMARY KEY REFERENCES posthorn.nodes ON DELETE CASCADE,
    beats bigint NOT NULL,
    beat_at timestamptz NOT NULL,
    is_draining boolean NOT NULL,
    report jsonb NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- What happened to messages: lines of JSON, some tenths of a second of a node in a piece; keys are what they can be found by. A partition a day, dropped as a whole.
CREATE SEQUENCE posthorn.history_ids;
CREATE TABLE posthorn.history (
    history_id bigint NOT NULL DEFAULT nextval('posthorn.history_ids'),
    written_at timestamptz NOT NULL,
    node_id bigint NOT NULL,
    keys bigint[] NOT NULL,
    content bytea NOT NULL
) PARTITION BY RANGE (written_at);
CREATE INDEX history_keys ON posthorn.history USING gin (keys);

-- For people.
CREATE VIEW posthorn.node_overview AS
    SELECT n.node_id, n.name, posthorn.time(n.started_at) AS started_at, b.beat_at, clock_timestamp() - b.beat_at AS silence, b.is_draining, b.report
    FROM posthorn.nodes n LEFT JOIN posthorn.node_beats b USING (node_id);
