// What a player tells of itself: to the person in front of the page, and to the coordinator.

import { KEEP_BYTES } from './media_store.js';
import { localUs } from './player.js';
import { segmentAt, segmentFrom } from './score.js';

/**
 * What is due and what leaves the speaker at local time `nowUs`: `{server, expected, actual, errorUs, correctionPpm, state}`, with
 * places as `{entry, frames}`. Null while the clock is not known.
 */
export function present(player, nowUs = localUs()) {
  const { scoreClock, score, context } = player;
  if (!scoreClock) return null;
  const server = scoreClock.serverAt(nowUs);
  const due = segmentAt(score, server);
  const held = heldAt(player, server);
  const expected = due
    ? { entry: due.entry, frames: due.line.positionAt(server) }
    : held && { entry: held, frames: player.session.timeline.anchor_media_frames };

  const at = player.contextAtServer(server);
  const heard = at === null ? null : player.heardAt(at * context.sampleRate);
  const segment = heard && segmentAt(score, heard.content);
  if (segment) {
    return {
      server,
      expected,
      actual: { entry: segment.entry, frames: segment.line.positionAt(heard.content) },
      errorUs: server - heard.content,
      correctionPpm: heard.correctionPpm,
      state: 'playing',
    };
  }
  return { server, expected, actual: null, errorUs: null, correctionPpm: 0, state: silentState(player, server, due, held) };
}

/** Why nothing is heard. */
function silentState(player, server, due, held) {
  if (!player.listening) return 'idle';
  if (due) return !player.sounding || player.media.fault(due.entry) ? 'faulted' : 'preparing';
  if (held) return 'paused';
  return segmentFrom(player.score, server) ? 'preparing' : 'idle';
}

/** The entry at which the zone stands still, if it does. */
function heldAt({ session }, server) {
  if (!session?.timeline || session.timeline.running || server < session.at) return null;
  return session.plan.find((e) => e.entry === session.timeline.entry) ?? null;
}

/** How often the sound ran dry: as the page noticed, and as the browser counts where it does. */
export function underruns({ counts, context }) {
  return counts.underruns + (context?.playbackStats?.underrunEvents ?? 0);
}

/** The fields of `position_report`, without those of the clock. */
export function report(player) {
  const now = present(player);
  const place = now?.actual ?? (now?.state === 'paused' ? now.expected : null);
  const { voice, context, sounding } = player;
  return {
    state: now?.state ?? (player.listening ? 'preparing' : 'idle'),
    ...(place && { entry: place.entry.entry }),
    position_frames: place ? Math.floor(place.frames) : 0,
    server_time: Math.round(now?.server ?? 0),
    sync_error_us: now?.errorUs ?? 0,
    correction_ppm: now?.correctionPpm ?? 0,
    dac_ppm: player.output.dacPpm,
    ...player.counts,
    underruns: underruns(player),
    buffer_ms: voice && sounding ? Math.max(0, Math.round((voice.headS - context.currentTime) * 1000)) : 0,
    output_queue_ms: player.outputLatencyMs,
  };
}

/** The fields of `health`, without version and uptime. */
export function health(player) {
  const { context, listening, sounding, media } = player;
  return {
    output: listening ? `Web Audio, ${context.sampleRate} Hz` : 'Web Audio, not listening',
    ...(listening && !sounding && { output_fault: `the audio context is ${context.state}` }),
    cache_bytes: media?.bytes ?? 0,
    cache_limit_bytes: KEEP_BYTES,
    realtime: false,
  };
}
