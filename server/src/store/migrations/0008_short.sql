-- Counting by format and year at once, and what is asked of tracks that are known by their numbers: a row of `songs` is ten
-- times as long as what is looked at.

DROP INDEX songs_facets;
CREATE INDEX songs_facets ON songs (format, year, rate, added, shown);
CREATE INDEX songs_in_short ON songs (num, album, year, format, rate, added, shown);
