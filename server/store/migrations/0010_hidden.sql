-- What is not shown: to find the few, lists need not go through all.
CREATE INDEX songs_hidden ON songs (num) WHERE shown = 0;
