"""For schemathesis: requests that are as described, yet refused.

Its own check for that (positive_data_acceptance) takes each refusal for a fault. Here a refusal is a fault unless it is
for a reason that no schema can state: what is there, what was seen, and which fields go together.
"""

import schemathesis

# Codes that depend on what is there.
STATE = {"at_too_far", "cover_unreadable", "idempotency_key_reused", "precondition_failed"}
# Fields with a grammar, or with a bound that depends on others or on the state.
FIELDS = {
    "address",  # needed where the one that was asked is this machine's own
    "albumArtists",  # either this or albumArtist
    "artists",
    "at",  # not more than a day from now
    "body",  # a change of something: all fields may be null
    "autoplayPlaylist",  # with autoplay: playlist
    "code",  # this or a key
    "cursor",  # one that the list gave
    "folder",  # a music folder, or one within
    "from",  # an instant or a date
    "genres",
    "index",  # this or place
    "labels",  # none of the words of a selector
    "loop",  # within the entry
    "loop.a",  # this or aFrames
    "loop.b",
    "minVolume",  # not above maxVolume
    "password",  # neither short, nor common, nor the user's name
    "path",  # of a file below the folder
    "position",  # within the entry
    "query",  # one of album, artist, genre, year and folder
    "scopes",  # names of rights
    "select",  # a selector
    "startIndex",  # among the tracks
    "to",
    "trackId",  # this or another field that names tracks
    "trackIds",  # tracks that are there
    "type",  # beside a cursor
    "types",  # kinds of events
    "volume",  # one of volume, volumeDb and volumeDelta
    "zone",  # with action: move
}


@schemathesis.check
def valid_yet_refused(ctx, response, case):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code not in (400, 412, 415, 422):
        return
    problem = response.json()
    if problem["code"] in STATE:
        return
    # a whole number may be written with a point; programs that make requests do not
    if problem["code"] == "invalid_field" and "floating point" in problem["detail"]:
        return
    field = problem.get("field")
    assert problem["code"] == "invalid_field" and field in FIELDS, f"valid, yet refused: {problem}"
