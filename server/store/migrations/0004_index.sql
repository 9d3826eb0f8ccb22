-- What is browsed and searched, and playlists.
--
-- Everything down to the playlists follows from `tracks` and `files` alone and is kept true in the same transaction.
-- Numbers (`num`) are for links and the full-text tables; people and programs see ids. A sort key (`k_...`) is made by the
-- program, so that every list is a walk along an index. `shown` says that the file is there, `held` counts also those
-- that are not.

CREATE TABLE songs (
    num      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE REFERENCES tracks (id) ON DELETE CASCADE,
    -- a fingerprint of all that the columns below, the links and the full text were made from, and of how
    made     INTEGER NOT NULL,
    shown    INTEGER NOT NULL,
    album    INTEGER REFERENCES albums (num),
    folder   INTEGER REFERENCES folders (num),
    k_title  BLOB NOT NULL,
    -- artist, album, disc, number, title
    k_artist BLOB NOT NULL,
    -- album, its artist, disc, number, title
    k_album  BLOB NOT NULL,
    -- every folder of the path, and the file's name
    k_path   BLOB NOT NULL,
    -- disc, number, title: the order of listening within an album
    k_disc   BLOB NOT NULL,
    -- 0: not known
    year     INTEGER NOT NULL,
    -- seconds since 1970
    added    INTEGER NOT NULL,
    -- the length, milliseconds
    ms       INTEGER NOT NULL,
    format   TEXT NOT NULL,
    rate     INTEGER NOT NULL,
    cover    TEXT
) STRICT;

CREATE INDEX songs_by_title ON songs (k_title, num, shown);
CREATE INDEX songs_by_artist ON songs (k_artist, num, shown);
CREATE INDEX songs_by_album ON songs (k_album, num, shown);
CREATE INDEX songs_by_path ON songs (k_path, num, shown);
CREATE INDEX songs_by_year ON songs (year, k_album, num, shown);
CREATE INDEX songs_by_added ON songs (added, num, shown);
CREATE INDEX songs_by_ms ON songs (ms, num, shown);
CREATE INDEX songs_of_album ON songs (album, shown, year, added, ms);
CREATE INDEX songs_of_folder ON songs (folder, k_path, num, shown);
-- small, for counting and for conditions that are not text
CREATE INDEX songs_facets ON songs (format, rate, year, added, shown);

CREATE TABLE albums (
    num          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    title        TEXT NOT NULL,
    -- as the tags say; empty if they do not
    album_artist TEXT NOT NULL,
    -- as shown: the album artist, or the artist of all its tracks, or that there are several
    artist       TEXT NOT NULL DEFAULT '',
    k_title      BLOB NOT NULL,
    -- artist, year, title
    k_artist     BLOB NOT NULL DEFAULT x'',
    year         INTEGER NOT NULL DEFAULT 0,
    added        INTEGER NOT NULL DEFAULT 0,
    ms           INTEGER NOT NULL DEFAULT 0,
    tracks       INTEGER NOT NULL DEFAULT 0,
    held         INTEGER NOT NULL DEFAULT 0,
    cover        TEXT
) STRICT;

CREATE INDEX albums_by_title ON albums (k_title, num, tracks);
CREATE INDEX albums_by_artist ON albums (k_artist, num, tracks);
CREATE INDEX albums_by_year ON albums (year, k_title, num, tracks);
CREATE INDEX albums_by_added ON albums (added, num, tracks);

CREATE TABLE artists (
    num     INTEGER PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE,
    name    TEXT NOT NULL,
    k_name  BLOB NOT NULL,
    tracks  INTEGER NOT NULL DEFAULT 0,
    held    INTEGER NOT NULL DEFAULT 0,
    -- of these, those on whose album it stands as the album's artist
    leads   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX artists_by_name ON artists (k_name, num, tracks, leads);
CREATE INDEX artists_by_tracks ON artists (tracks, k_name, num, leads);
CREATE INDEX artists_unused ON artists (num) WHERE held = 0;

CREATE TABLE song_artists (
    song   INTEGER NOT NULL REFERENCES songs (num) ON DELETE CASCADE,
    artist INTEGER NOT NULL REFERENCES artists (num),
    -- 1: of the track, 2: of the album, 3: of both
    roles  INTEGER NOT NULL,
    shown  INTEGER NOT NULL,
    PRIMARY KEY (song, artist)
) STRICT, WITHOUT ROWID;

CREATE INDEX song_artists_by_artist ON song_artists (artist, song, roles, shown);

CREATE TABLE genres (
    num    INTEGER PRIMARY KEY,
    id     TEXT NOT NULL UNIQUE,
    name   TEXT NOT NULL,
    k_name BLOB NOT NULL,
    tracks INTEGER NOT NULL DEFAULT 0,
    held   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX genres_by_name ON genres (k_name, num, tracks);
CREATE INDEX genres_by_tracks ON genres (tracks, k_name, num);
CREATE INDEX genres_unused ON genres (num) WHERE held = 0;

CREATE TABLE song_genres (
    song  INTEGER NOT NULL REFERENCES songs (num) ON DELETE CASCADE,
    genre INTEGER NOT NULL REFERENCES genres (num),
    shown INTEGER NOT NULL,
    PRIMARY KEY (song, genre)
) STRICT, WITHOUT ROWID;

CREATE INDEX song_genres_by_genre ON song_genres (genre, song, shown);

CREATE TABLE years (
    year   INTEGER PRIMARY KEY,
    tracks INTEGER NOT NULL
) STRICT;

CREATE TABLE folders (
    num    INTEGER PRIMARY KEY,
    id     TEXT NOT NULL UNIQUE,
    parent INTEGER REFERENCES folders (num),
    path   BLOB NOT NULL,
    name   TEXT NOT NULL,
    k_name BLOB NOT NULL,
    -- in it and below
    tracks INTEGER NOT NULL DEFAULT 0,
    held   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX folders_by_parent ON folders (parent, k_name, num, tracks);
CREATE INDEX folders_unused ON folders (num) WHERE held = 0;

-- How many tracks there are: counting a hundred thousand takes longer than showing the first of them.
CREATE TABLE totals (
    only  INTEGER PRIMARY KEY CHECK (only = 1),
    shown INTEGER NOT NULL,
    held  INTEGER NOT NULL,
    -- by which version of the program's keys all of this was made
    version INTEGER NOT NULL
) STRICT;

INSERT INTO totals VALUES (1, 0, 0, 0);

CREATE TRIGGER songs_added AFTER INSERT ON songs BEGIN
    UPDATE totals SET shown = shown + new.shown, held = held + 1;
    INSERT INTO years VALUES (new.year, new.shown) ON CONFLICT (year) DO UPDATE SET tracks = tracks + new.shown;
END;

CREATE TRIGGER songs_changed AFTER UPDATE OF shown, year ON songs BEGIN
    UPDATE totals SET shown = shown + new.shown - old.shown;
    UPDATE years SET tracks = tracks - old.shown WHERE year = old.year;
    INSERT INTO years VALUES (new.year, new.shown) ON CONFLICT (year) DO UPDATE SET tracks = tracks + new.shown;
END;

CREATE TRIGGER song_artists_added AFTER INSERT ON song_artists BEGIN
    UPDATE artists SET tracks = tracks + new.shown, held = held + 1, leads = leads + (new.shown AND new.roles >= 2)
    WHERE num = new.artist;
END;

CREATE TRIGGER song_artists_changed AFTER UPDATE OF shown ON song_artists WHEN new.shown <> old.shown BEGIN
    UPDATE artists SET tracks = tracks + new.shown - old.shown,
        leads = leads + (new.shown AND new.roles >= 2) - (old.shown AND old.roles >= 2) WHERE num = new.artist;
END;

CREATE TRIGGER song_artists_removed AFTER DELETE ON song_artists BEGIN
    UPDATE artists SET tracks = tracks - old.shown, held = held - 1, leads = leads - (old.shown AND old.roles >= 2)
    WHERE num = old.artist;
END;

CREATE TRIGGER song_genres_added AFTER INSERT ON song_genres BEGIN
    UPDATE genres SET tracks = tracks + new.shown, held = held + 1 WHERE num = new.genre;
END;

CREATE TRIGGER song_genres_changed AFTER UPDATE OF shown ON song_genres WHEN new.shown <> old.shown BEGIN
    UPDATE genres SET tracks = tracks + new.shown - old.shown WHERE num = new.genre;
END;

CREATE TRIGGER song_genres_removed AFTER DELETE ON song_genres BEGIN
    UPDATE genres SET tracks = tracks - old.shown, held = held - 1 WHERE num = old.genre;
END;

-- The text itself stays in `tracks`: these hold only where each word is.
CREATE VIRTUAL TABLE song_words USING fts5 (
    title, artist, album, album_artist, composer, genre, path,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);

CREATE VIRTUAL TABLE album_words USING fts5 (
    title, artist,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);

CREATE VIRTUAL TABLE artist_words USING fts5 (
    name,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);

CREATE TRIGGER albums_removed AFTER DELETE ON albums BEGIN
    DELETE FROM album_words WHERE rowid = old.num;
END;

CREATE TRIGGER artists_removed AFTER DELETE ON artists BEGIN
    DELETE FROM artist_words WHERE rowid = old.num;
END;

-- How often each word occurs in the tracks.
CREATE VIRTUAL TABLE song_vocabulary USING fts5vocab (song_words, row);

-- Every word that was ever seen, for finding the one that was meant.
CREATE TABLE words (
    word TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE playlists (
    num      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    k_name   BLOB NOT NULL,
    -- the rule of a smart playlist as JSON; null: a list of entries
    rule     TEXT,
    created  INTEGER NOT NULL,
    changed  INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

CREATE INDEX playlists_by_name ON playlists (k_name, num);

-- A track that is not there any more keeps its place, and what is needed to know it again.
CREATE TABLE playlist_entries (
    num      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    playlist TEXT NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
    -- the order; with gaps, so that an insertion moves few others
    place    INTEGER NOT NULL,
    track    TEXT NOT NULL,
    path     BLOB NOT NULL,
    title    TEXT NOT NULL,
    artist   TEXT NOT NULL,
    ms       INTEGER NOT NULL
) STRICT;

CREATE INDEX playlist_entries_in_order ON playlist_entries (playlist, place, num);
CREATE INDEX playlist_entries_by_track ON playlist_entries (track);
