"""Drives a coordinator with the client that openapi-python-client makes of its description.

    python3 scripts/rest/python_client.py http://127.0.0.1:3000 TOKEN     (the client's package on PYTHONPATH)
"""

import sys
import time

from downbeat_client import Client
from downbeat_client.api.health import get_health
from downbeat_client.api.library import list_tracks, search
from downbeat_client.api.playback import pause, play
from downbeat_client.api.playlists import create_playlist, get_playlist
from downbeat_client.api.zones import add_to_queue, create_zone, edit_zone, get_queue, list_zones
from downbeat_client.models import (
    EnqueueRequest,
    ListTracksSort,
    NewPlaylist,
    PlayRequest,
    PlayState,
    Problem,
    Target,
    ZoneEditRequest,
    ZoneRequest,
)


def of(kind, answer):
    """The answer, which must be of this type."""
    assert isinstance(answer, kind) if kind else not isinstance(answer, Problem), answer
    return answer


def main(address, token):
    client = Client(base_url=address, headers={"Authorization": f"Bearer {token}"})
    until = time.time() + 60
    while (health := get_health.sync(client=client)).scan.running or health.tracks == 0:
        assert time.time() < until, health
        time.sleep(0.1)
    tracks = of(None, list_tracks.sync(client=client, limit=3, sort=ListTracksSort("-title"))).tracks
    ids = [track.id for track in tracks]
    assert len(ids) == 3, tracks

    reply = of(None, play.sync(client=client, body=PlayRequest(track_ids=ids)))
    assert reply.state.playback_state == PlayState.PLAYING, reply
    assert of(None, pause.sync(client=client, body=Target())).state.playback_state == PlayState.PAUSED

    added = of(None, add_to_queue.sync("all", client=client, body=EnqueueRequest(track_ids=ids[:1])))
    queue = of(None, get_queue.sync("all", client=client, limit=2))
    assert (added.added, queue.total, len(queue.entries)) == (1, 4, 2), queue

    found = of(None, search.sync(client=client, q=tracks[0].title))
    assert any(hit.id == ids[0] for hit in found.tracks.items), found

    zone = of(None, create_zone.sync(client=client, body=ZoneRequest(name="attic")))
    again = create_zone.sync_detailed(client=client, body=ZoneRequest(name="Attic"))
    assert (again.status_code, again.parsed.code) == (409, "name_taken"), again
    louder = edit_zone.sync_detailed(str(zone.id), client=client, body=ZoneEditRequest(volume=40), if_match='"old"')
    assert (louder.status_code, louder.parsed.current.id) == (412, zone.id), louder
    assert {z.name for z in of(None, list_zones.sync(client=client)).zones} == {"all", "attic"}

    made = of(None, create_playlist.sync(client=client, body=NewPlaylist(name="evening", track_ids=ids)))
    entries = of(None, get_playlist.sync(made.id, client=client)).entries
    assert [entry.track.id for entry in entries] == ids, entries
    print(f"The Python client played, queued, searched and made a playlist of {len(ids)} tracks.")


main(sys.argv[1], sys.argv[2])
