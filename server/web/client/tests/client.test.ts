// The client drives a real coordinator: what compiles here is what a page can write.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Calls, type DownbeatEvent, type Schemas, Refused, connect, done, events } from "../src/index.js";
import { frames } from "../src/events.js";
import { type Coordinator, start } from "./coordinator.js";

let coordinator: Coordinator;
let calls: Calls;

before(async () => {
  coordinator = await start();
  calls = connect(coordinator.address, coordinator.token);
});

after(() => coordinator.stop());

async function trackIds(): Promise<string[]> {
  const list = await done(calls.GET("/api/tracks", { params: { query: { sort: "title", limit: 1000 } } }));
  return list.tracks.map((track) => track.id);
}

test("tracks are played, and the zone tells so", async () => {
  const [first] = await trackIds();
  assert.ok(first);
  const reply = await done(calls.POST("/api/playback/play", { body: { trackIds: [first] } }));
  assert.equal(reply.state.playbackState, "playing");
  assert.equal(reply.state.currentTrack?.id, first);
  // a body of which nothing must be named may be left out
  const paused = await done(calls.POST("/api/playback/pause"));
  assert.equal(paused.state.playbackState, "paused");
  const state = await done(calls.GET("/api/zones/{zone}/playback/state", { params: { path: { zone: "all" } } }));
  // always sent: no check for undefined is needed
  const volume: number | null = state.volumeDb;
  assert.equal(volume, 0);
  assert.equal(word(state.playbackState), "held");
});

/** Every state has its word; one that is added stops the compiler. */
function word(state: Schemas["PlayState"]): string {
  switch (state) {
    case "playing":
      return "heard";
    case "paused":
      return "held";
    case "stopped":
      return "silent";
  }
}

test("a queue is filled, moved and emptied, and an old version of it is refused with the new one", async () => {
  const ids = await trackIds();
  const path = { zone: "all" };
  const body = { trackIds: ids, place: "end" } as const;
  const added = await done(calls.POST("/api/zones/{zone}/queue", { params: { path }, body }));
  assert.equal(added.added, ids.length);
  const query = { limit: 2 };
  const { data: queue, response } = await calls.GET("/api/zones/{zone}/queue", { params: { path, query } });
  assert.equal(queue?.entries.length, 2);
  const version = response.headers.get("etag") ?? "";
  const entry = added.entries[0]?.entry ?? "";
  const moved = await done(
    calls.PATCH("/api/zones/{zone}/queue/{entry}", {
      params: { path: { ...path, entry }, header: { "If-Match": version } },
      body: { place: "end" },
    }),
  );
  assert.equal(moved.success, true);
  const late = await calls.DELETE("/api/zones/{zone}/queue", { params: { path, header: { "If-Match": version } } });
  assert.equal(late.response.status, 412);
  assert.ok(late.error && "current" in late.error);
  const now: Schemas["QueueView"] = late.error.current;
  assert.equal(now.entries.at(-1)?.entry, entry);
  await done(calls.DELETE("/api/zones/{zone}/queue", { params: { path } }));
});

test("a search finds tracks, and a refusal names its field", async () => {
  const found = await done(calls.GET("/api/search", { params: { query: { q: "gapless", type: "track" } } }));
  assert.ok((found.tracks?.items.length ?? 0) > 0);
  assert.equal(found.albums, undefined);
  const refused = await done(calls.GET("/api/tracks", { params: { query: { limit: 0 } } })).catch((error) => error);
  assert.ok(refused instanceof Refused);
  assert.deepEqual([refused.status, refused.problem.code, refused.problem.field], [422, "invalid_field", "limit"]);
  // @ts-expect-error: the description knows no such order
  await calls.GET("/api/tracks", { params: { query: { sort: "colour" } } });
});

test("events tell of all that is, then of each change", async () => {
  const ending = new AbortController();
  const names = new Map<string, string>();
  let synced = false;
  const options = { signal: ending.signal, types: ["zone" as const, "playlists" as const] };
  for await (const { event, id } of events(coordinator.address, options)) {
    take(names, event);
    if (event.type === "synced") {
      assert.ok(id);
      synced = true;
      await done(calls.POST("/api/zones", { body: { name: "attic" } }));
    }
    if (synced && [...names.values()].includes("attic")) ending.abort();
  }
  assert.deepEqual([...names.values()].sort(), ["all", "attic"]);
});

/** The union is told apart by its type, and each state is typed. */
function take(names: Map<string, string>, event: DownbeatEvent): void {
  switch (event.type) {
    case "zone":
      if (event.state) names.set(event.id, event.state.name);
      else names.delete(event.id);
      break;
    case "resync":
      names.clear();
      break;
  }
}

test("a stream is read whatever its chunks are", async () => {
  const text =
    ': hello\n\nevent: zone\ndata: {"type":"synced","state":null}\nid: 1-é\n\n' +
    'event: x\ndata: {"type":"resync","state":null}\n\n';
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 7, bytes.length]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.subarray(at, at + size));
        controller.close();
      },
    });
    const read = [];
    for await (const { id, event } of frames(body)) read.push([id, event.type]);
    assert.deepEqual(read, [["1-é", "synced"], [null, "resync"]]);
  }
});
