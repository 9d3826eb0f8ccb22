// Events of a coordinator, over Server-Sent Events. It reads them with fetch, so that it runs in node, too, and goes on
// from the last event after a connection broke.

import type { components } from "./schema.js";

type DownbeatEvent = components["schemas"]["Event"];

/** The events that are wanted. */
export interface EventOptions {
  /** Only these types. */
  types?: ("zone" | "queue" | "speaker" | "presets" | "library" | "playlists")[];
  /** Only the events of this zone, by name or id. */
  zone?: string;
  /** The `id` of the last event that was taken in. */
  lastEventId?: string;
  /** Ends the events. */
  signal?: AbortSignal;
  /** The wait before a broken connection is made anew, milliseconds. */
  retryMs?: number;
}

/** An event with its place in the stream. */
export interface Received {
  /** The place in the stream, for `lastEventId`; null within the picture after a `resync`. */
  id: string | null;
  event: DownbeatEvent;
}

/** The longest line of a stream, characters: more is no stream of a coordinator. */
const MOST = 64 * 1024 * 1024;

/**
 * The events of a coordinator, for as long as they are read. After `resync` everything is sent as it is, then `synced`;
 * a client that takes in every event holds what the GETs answer. A connection that breaks is made anew.
 */
export async function* events(address: string, options: EventOptions = {}): AsyncGenerator<Received, void, void> {
  let last = options.lastEventId;
  while (!options.signal?.aborted) {
    try {
      for await (const received of connection(address, options, last)) {
        last = received.id ?? last;
        yield received;
      }
    } catch (error) {
      if (options.signal?.aborted) return;
      if (error instanceof RefusedStream) throw error;
    }
    await pause(options.retryMs ?? 1000, options.signal);
  }
}

/** An answer that is no stream. Asking again would not help. */
class RefusedStream extends Error {
  override readonly name = "RefusedStream";
}

async function* connection(address: string, options: EventOptions, last: string | undefined) {
  const query = new URLSearchParams();
  if (options.types) query.set("types", options.types.join(","));
  if (options.zone !== undefined) query.set("zone", options.zone);
  const headers: Record<string, string> = { accept: "text/event-stream" };
  if (last !== undefined) headers["last-event-id"] = last;
  const answer = await fetch(`${address}/api/events?${query}`, { headers, signal: options.signal ?? null });
  if (answer.status >= 400 && answer.status < 500) {
    throw new RefusedStream(`the coordinator refuses its events: ${answer.status} ${await answer.text()}`);
  }
  if (!answer.ok || !answer.body) throw new Error(`no events: ${answer.status}`);
  yield* frames(answer.body);
}

/** The frames of a stream. A chunk may end anywhere, also within a character. */
export async function* frames(body: ReadableStream<Uint8Array>): AsyncGenerator<Received, void, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      if (text.length > MOST) throw new Error("a frame has no end");
      let end: number;
      while ((end = text.indexOf("\n\n")) >= 0) {
        const received = frame(text.slice(0, end));
        text = text.slice(end + 2);
        if (received) yield received;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** The event of a frame; a comment has none. */
function frame(text: string): Received | null {
  let id: string | null = null;
  const data: string[] = [];
  for (const line of text.split("\n")) {
    const [, field, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (field === "id") id = value ?? null;
    if (field === "data") data.push(value ?? "");
  }
  return data.length > 0 ? { id, event: JSON.parse(data.join("\n")) as DownbeatEvent } : null;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
