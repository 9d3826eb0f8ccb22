-- Who may what. Of secrets only hashes are here: argon2id of passwords, SHA-256 of random ones. Times are seconds since 1970.

CREATE TABLE users (
    name       TEXT PRIMARY KEY COLLATE NOCASE,
    -- 'operator' or 'admin'
    role       TEXT NOT NULL,
    -- as a PHC string; empty: none was set yet
    password   TEXT NOT NULL,
    -- zones and labels as JSON; null: bound to nothing
    bound      TEXT,
    -- they make nothing louder than this; null: no bound
    max_volume REAL,
    made       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_tokens (
    id        TEXT PRIMARY KEY,
    digest    BLOB NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    user      TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE ON UPDATE CASCADE,
    -- names of rights as JSON; null: all that the user may
    scopes    TEXT,
    bound     TEXT,
    made      INTEGER NOT NULL,
    ends      INTEGER NOT NULL,
    used      INTEGER,
    used_from TEXT,
    -- it came in clear over the network
    exposed   INTEGER NOT NULL,
    UNIQUE (user, name)
) STRICT;

CREATE TABLE logins (
    digest BLOB PRIMARY KEY,
    user   TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE ON UPDATE CASCADE,
    began  INTEGER NOT NULL,
    used   INTEGER NOT NULL,
    -- when the password was last given
    proved INTEGER NOT NULL,
    -- where it was given, as JSON
    places TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX logins_of_user ON logins (user);

-- Places from which an account logged in: they do not wait for what others did.
CREATE TABLE known_places (
    user  TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE ON UPDATE CASCADE,
    place TEXT NOT NULL,
    at    INTEGER NOT NULL,
    PRIMARY KEY (user, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE join_tokens (
    id        TEXT PRIMARY KEY,
    digest    BLOB NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    -- so many more speakers
    uses      INTEGER NOT NULL,
    -- the end by the wall clock, if that was set when it was made
    ends      INTEGER,
    -- the end within the run of the coordinator that made it
    run       TEXT NOT NULL,
    ends_up   INTEGER NOT NULL,
    made_by   TEXT NOT NULL
) STRICT;

-- The keys of speakers, once somebody decided. Those that wait are in memory.
CREATE TABLE speaker_keys (
    -- the fingerprint
    key        BLOB PRIMARY KEY,
    -- 'adopted', 'refused' or 'revoked'
    state      TEXT NOT NULL,
    -- the row that it speaks for; an adopted one has one
    speaker    TEXT UNIQUE REFERENCES speakers (id) ON DELETE SET NULL,
    -- the name that it had when it was decided, for lists of those that have no row
    name       TEXT NOT NULL,
    decided    INTEGER NOT NULL,
    decided_by TEXT NOT NULL,
    -- a person compared the code, or a join token let it in
    verified   INTEGER NOT NULL,
    join_token TEXT,
    -- the CA that it has pinned, as it last said
    pinned     BLOB,
    -- what its cache is encrypted with; null: nothing
    cache_key  BLOB
) STRICT;
CREATE INDEX speaker_keys_by_join_token ON speaker_keys (join_token);

-- What people set about access, as JSON.
CREATE TABLE access_settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
