-- The words that are in the full-text index, to look up those that begin in some way.
CREATE VIRTUAL TABLE song_terms USING fts5vocab (song_words, instance);
