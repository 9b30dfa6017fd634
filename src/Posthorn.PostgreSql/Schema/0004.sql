-- A batch that was decided on what a node remembers is broken when the rows are not so any more, and is decided anew on what they are.
CREATE FUNCTION posthorn.expect(counted bigint, wanted bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF counted IS DISTINCT FROM wanted THEN
        RAISE EXCEPTION 'another node was quicker' USING ERRCODE = 'serialization_failure', DETAIL = 'The batch is decided anew; nothing is lost.';
    END IF;
    RETURN true;
END $$;

-- A batch up to this one that is not committed never will be: its answer was lost, and the node was told that it had not happened.
ALTER TABLE posthorn.nodes ADD COLUMN fenced_batch bigint NOT NULL DEFAULT 0;

-- Vacuumed without pauses, as deliveries are: what passes through leaves as many dead rows here, and larger ones.
ALTER TABLE posthorn.messages SET (autovacuum_vacuum_cost_delay = 0);
ALTER TABLE posthorn.bodies SET (autovacuum_vacuum_cost_delay = 0);
