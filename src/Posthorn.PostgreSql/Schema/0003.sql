-- Large bodies in a store outside of the database (engine.bodies): stored_id is their name there; those without one are in body_chunks.
ALTER TABLE posthorn.bodies ADD COLUMN stored_id uuid;
CREATE UNIQUE INDEX bodies_stored ON posthorn.bodies (stored_id) WHERE stored_id IS NOT NULL;
COMMENT ON COLUMN posthorn.bodies.reference_count IS '-1: written and not named yet; 0: a large one that is to be removed; -2: it is being removed, and nobody can name it any more';

-- Whose a store's bodies are: theirs are below its folder owner/, beside those of other databases.
CREATE TABLE posthorn.body_owner (owner uuid PRIMARY KEY);
INSERT INTO posthorn.body_owner (owner) VALUES (gen_random_uuid());
