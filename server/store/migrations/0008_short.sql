-- Counting by format and year at once, and what is asked of tracks that are known by their numbers: a row of `songs` is ten
-- times as long as what is looked at.

DROP INDEX songs_facets;
CREATE INDEX songs_facets ON songs (format, year, rate, added, shown);
CREATE INDEX songs_in_short ON songs (num, album, year, format, rate, added, shown);

-- A fingerprint of how artists, album and genres are spelled in the file: who corrects them is told from who only moves it.
-- 0: not known.
ALTER TABLE songs ADD COLUMN spelled INTEGER NOT NULL DEFAULT 0;
