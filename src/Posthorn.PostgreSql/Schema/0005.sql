-- Short bodies that only one message has are in its row, which saves the row, the index entry and the look-up of one in bodies: body_id is then minus message_id.
ALTER TABLE posthorn.messages ADD COLUMN bytes bytea, ADD COLUMN checksum bigint;
ALTER TABLE posthorn.messages ALTER COLUMN bytes SET STORAGE EXTERNAL;
COMMENT ON COLUMN posthorn.messages.body_id IS 'NULL: no bytes; negative: they are in this row; else a row of bodies';
COMMENT ON COLUMN posthorn.messages.bytes IS 'up to 1536 bytes that no other message has';
