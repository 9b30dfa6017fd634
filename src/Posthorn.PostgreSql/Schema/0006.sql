-- What nodes tell each other at more length than with their beats: of a subject the last each. Figures of the moment, so not logged: a crash takes them, and they are told again.
CREATE UNLOGGED TABLE posthorn.node_notices (
    node_id bigint NOT NULL REFERENCES posthorn.nodes ON DELETE CASCADE,
    subject text NOT NULL COLLATE "C",
    written_at timestamptz NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (node_id, subject)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 1000);

-- When a store of bodies is to be listed next for what no row knows, and by whom it was last: who sets the time on does it, for all nodes.
ALTER TABLE posthorn.body_owner ADD COLUMN list_at bigint NOT NULL DEFAULT 0, ADD COLUMN listed_by bigint;
