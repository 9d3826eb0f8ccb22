-- What tags say beyond what every list shows, as JSON; null: nothing.
ALTER TABLE tracks ADD COLUMN details TEXT;

-- What tells one release of an album from another, for people, and the name by which its artist is sorted.
ALTER TABLE albums ADD COLUMN edition TEXT NOT NULL DEFAULT '';
ALTER TABLE albums ADD COLUMN artist_sort TEXT NOT NULL DEFAULT '';
-- The place in lists, where tags say another one than the name does; searches go by the name.
ALTER TABLE albums ADD COLUMN k_sort BLOB NOT NULL DEFAULT x'';
DROP INDEX albums_by_title;
DROP INDEX albums_by_year;
CREATE INDEX albums_by_title ON albums (k_title, num, tracks);
CREATE INDEX albums_by_sort ON albums (k_sort, num, tracks);
CREATE INDEX albums_by_year ON albums (year, k_sort, num, tracks);

ALTER TABLE artists ADD COLUMN sort TEXT NOT NULL DEFAULT '';
ALTER TABLE artists ADD COLUMN k_sort BLOB NOT NULL DEFAULT x'';
DROP INDEX artists_by_tracks;
CREATE INDEX artists_by_sort ON artists (k_sort, num, tracks, leads);
CREATE INDEX artists_by_tracks ON artists (tracks, k_sort, num, leads);

CREATE TABLE composers (
    num    INTEGER PRIMARY KEY,
    id     TEXT NOT NULL UNIQUE,
    name   TEXT NOT NULL,
    k_name BLOB NOT NULL,
    sort   TEXT NOT NULL DEFAULT '',
    k_sort BLOB NOT NULL DEFAULT x'',
    tracks INTEGER NOT NULL DEFAULT 0,
    held   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX composers_by_sort ON composers (k_sort, num, tracks);
CREATE INDEX composers_by_tracks ON composers (tracks, k_sort, num);
CREATE INDEX composers_unused ON composers (num) WHERE held = 0;

CREATE TABLE song_composers (
    song     INTEGER NOT NULL REFERENCES songs (num) ON DELETE CASCADE,
    composer INTEGER NOT NULL REFERENCES composers (num),
    shown    INTEGER NOT NULL,
    PRIMARY KEY (song, composer)
) STRICT, WITHOUT ROWID;

CREATE INDEX song_composers_by_composer ON song_composers (composer, song, shown);

CREATE TRIGGER song_composers_added AFTER INSERT ON song_composers BEGIN
    UPDATE composers SET tracks = tracks + new.shown, held = held + 1 WHERE num = new.composer;
END;

CREATE TRIGGER song_composers_changed AFTER UPDATE OF shown ON song_composers WHEN new.shown <> old.shown BEGIN
    UPDATE composers SET tracks = tracks + new.shown - old.shown WHERE num = new.composer;
END;

CREATE TRIGGER song_composers_removed AFTER DELETE ON song_composers BEGIN
    UPDATE composers SET tracks = tracks - old.shown, held = held - 1 WHERE num = old.composer;
END;

-- Pieces of several movements.
CREATE TABLE works (
    num      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    k_name   BLOB NOT NULL,
    -- the composers, with commas
    composer TEXT NOT NULL DEFAULT '',
    tracks   INTEGER NOT NULL DEFAULT 0,
    held     INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX works_by_name ON works (k_name, num, tracks);
CREATE INDEX works_unused ON works (num) WHERE held = 0;

CREATE TABLE song_works (
    song  INTEGER NOT NULL REFERENCES songs (num) ON DELETE CASCADE,
    work  INTEGER NOT NULL REFERENCES works (num),
    shown INTEGER NOT NULL,
    PRIMARY KEY (song, work)
) STRICT, WITHOUT ROWID;

CREATE INDEX song_works_by_work ON song_works (work, song, shown);

CREATE TRIGGER song_works_added AFTER INSERT ON song_works BEGIN
    UPDATE works SET tracks = tracks + new.shown, held = held + 1 WHERE num = new.work;
END;

CREATE TRIGGER song_works_changed AFTER UPDATE OF shown ON song_works WHEN new.shown <> old.shown BEGIN
    UPDATE works SET tracks = tracks + new.shown - old.shown WHERE num = new.work;
END;

CREATE TRIGGER song_works_removed AFTER DELETE ON song_works BEGIN
    UPDATE works SET tracks = tracks - old.shown, held = held - 1 WHERE num = old.work;
END;

-- Full text with works and movements in a column of their own. The index is made anew, as its version says.
DROP TABLE song_terms;
DROP TABLE song_vocabulary;
DROP TABLE song_words;

CREATE VIRTUAL TABLE song_words USING fts5 (
    title, artist, album, album_artist, composer, genre, path, work,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);

CREATE VIRTUAL TABLE song_vocabulary USING fts5vocab (song_words, row);
CREATE VIRTUAL TABLE song_terms USING fts5vocab (song_words, instance);
