-- What was ended for good, so that no restore of a backup from before brings it back. By kind:
--   token     the id of an API token
--   user      the name of a user that was deleted, in lower case, and when it was made
--   adoption  the fingerprint of a speaker's key that was ours and may ask again, in hexadecimal
--   clear     the id of a speaker that is not let in without encryption any more
--   ca        the fingerprint of a CA that gave way to another one
--   old_ca    the fingerprint of a CA that vouches no more for the one that took its place
CREATE TABLE ended (
    kind TEXT NOT NULL,
    id   TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- Grows with each change: of two states of a user, the one that was changed more often is the later one.
ALTER TABLE users ADD COLUMN edits INTEGER NOT NULL DEFAULT 0;
