-- Ids are UUIDs as text, instants are RFC 3339 in UTC, volumes are 0..100 as people set them.

CREATE TABLE zones (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE COLLATE NOCASE,
    volume   REAL NOT NULL,
    muted    INTEGER NOT NULL,
    -- the zone's playback as JSON, which only the zone's own code reads; empty before the first one
    session  TEXT NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

-- Always there: new speakers join it, and those of a deleted zone fall back to it.
INSERT INTO zones VALUES ('00000000-0000-0000-0000-000000000000', 'all', 100.0, 0, '', 0);

CREATE TABLE speakers (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    class           TEXT NOT NULL,
    zone            TEXT NOT NULL REFERENCES zones (id),
    volume          REAL NOT NULL,
    muted           INTEGER NOT NULL,
    output_delay_us INTEGER NOT NULL,
    first_seen      TEXT NOT NULL,
    last_seen       TEXT NOT NULL,
    settings        TEXT NOT NULL
) STRICT;

CREATE INDEX speakers_by_zone ON speakers (zone);

CREATE TABLE tracks (
    id           TEXT PRIMARY KEY,
    -- BLAKE3 of the file's bytes in lower-case hex; empty if the file could not be read
    hash         TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    format       TEXT NOT NULL,
    sample_rate  INTEGER NOT NULL,
    channels     INTEGER NOT NULL,
    frames       INTEGER NOT NULL,
    -- whether frame 0 and the last frame are those that were encoded
    sample_exact INTEGER NOT NULL,
    title        TEXT NOT NULL,
    artist       TEXT NOT NULL,
    album        TEXT NOT NULL,
    album_artist TEXT NOT NULL,
    genre        TEXT NOT NULL,
    track_no     INTEGER,
    disc_no      INTEGER,
    year         INTEGER,
    -- why it cannot be played, for people; null if it can
    fault        TEXT,
    -- what is wrong with it though it plays, for people
    warning      TEXT,
    -- which scanner wrote this row: a newer one, which may know more, reads the file again
    scan_version INTEGER NOT NULL
) STRICT;

CREATE INDEX tracks_by_hash ON tracks (hash);

-- A path is bytes, not text. A track without a file is one whose file was replaced by another's.
CREATE TABLE files (
    path      BLOB PRIMARY KEY,
    mtime_ns  INTEGER NOT NULL,
    inode     INTEGER NOT NULL,
    track_id  TEXT NOT NULL UNIQUE REFERENCES tracks (id) ON DELETE CASCADE,
    available INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
