-- What was played where, as the speakers told it. Names and titles are copied in: speakers are forgotten, zones renamed,
-- tracks retagged and removed. Ids are the 16 bytes of UUIDs: there may be millions of rows.

-- Names of zones and speakers, as they were.
CREATE TABLE history_names (
    id    INTEGER PRIMARY KEY,
    thing BLOB NOT NULL,
    name  TEXT NOT NULL,
    UNIQUE (thing, name)
) STRICT;

-- Tracks, as they were.
CREATE TABLE history_tracks (
    id       INTEGER PRIMARY KEY,
    track    BLOB NOT NULL,
    hash     TEXT NOT NULL,
    title    TEXT NOT NULL,
    artist   TEXT NOT NULL,
    album    TEXT NOT NULL,
    composer TEXT NOT NULL,
    UNIQUE (track, hash, title, artist, album, composer)
) STRICT;

-- An occurrence of an entry in a zone, from the first speaker's beginning to the last one's end.
CREATE TABLE plays (
    play      INTEGER PRIMARY KEY,
    zone      BLOB NOT NULL,
    zone_name INTEGER NOT NULL REFERENCES history_names (id),
    entry     BLOB NOT NULL,
    what      INTEGER NOT NULL REFERENCES history_tracks (id),
    -- microseconds since 1970
    began_us  INTEGER NOT NULL,
    ended_us  INTEGER NOT NULL,
    -- whether any of it could be heard
    audible   INTEGER NOT NULL
) STRICT;
CREATE INDEX plays_by_time ON plays (began_us);
CREATE INDEX plays_by_zone ON plays (zone, began_us);
CREATE INDEX plays_by_entry ON plays (entry, began_us);
CREATE INDEX plays_by_track ON plays (what, began_us);

-- Frames of an entry that one speaker sounded one after the other.
CREATE TABLE stretches (
    stretch       INTEGER PRIMARY KEY,
    of_play       INTEGER NOT NULL REFERENCES plays (play) ON DELETE CASCADE,
    -- the play's, once more for the index
    in_zone       BLOB NOT NULL,
    speaker       BLOB NOT NULL,
    speaker_name  INTEGER NOT NULL REFERENCES history_names (id),
    -- microseconds since 1970
    start_us      INTEGER NOT NULL,
    end_us        INTEGER NOT NULL,
    -- how start_us is known: 0 by the coordinator's clock, 1 by the speaker's wall clock, 2 by when it was told
    known_by      INTEGER NOT NULL,
    sample_rate   INTEGER NOT NULL,
    from_frames   INTEGER NOT NULL,
    to_frames     INTEGER NOT NULL,
    missing       INTEGER NOT NULL,
    audible       INTEGER NOT NULL,
    cut           INTEGER NOT NULL,
    -- as it was told: one that is told again is known by this
    clock         BLOB NOT NULL,
    at_us         INTEGER NOT NULL
) STRICT;
CREATE INDEX stretches_by_time ON stretches (start_us);
CREATE INDEX stretches_by_zone ON stretches (in_zone, start_us);
CREATE INDEX stretches_by_speaker ON stretches (speaker, start_us);
CREATE INDEX stretches_by_play ON stretches (of_play);
CREATE INDEX stretches_as_told ON stretches (at_us, speaker);

-- What is to be added to the instants of a clock to have microseconds since 1970.
CREATE TABLE history_clocks (
    clock     BLOB PRIMARY KEY,
    offset_us INTEGER NOT NULL,
    noted_us  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How many stretches speakers had to drop, ever.
CREATE TABLE history_dropped (
    speaker BLOB PRIMARY KEY,
    dropped INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
