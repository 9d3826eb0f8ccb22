/** Keys of the page (shown with `?`). Single letters can be switched off, and none counts while somebody types. */
import { prefs } from './prefs.svelte';
import { router } from './router.svelte';
import { commands, current } from './zone.svelte';

class Keys {
  shown = $state(false);
}
export const keys = new Keys();

const places: Record<string, string> = { n: '', l: 'library', q: 'queue', p: 'playlists', s: 'speakers', y: 'sync', e: 'listen', h: 'history', a: 'about' };
let going = 0;

function typing(target: EventTarget | null): boolean {
  const element = target instanceof HTMLElement ? target : undefined;
  return !!element?.closest('input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable], dialog, [popover]');
}

/** Focuses the search, which is in the library. */
export function search(): void {
  const field = () => document.querySelector<HTMLInputElement>('input[type=search]');
  if (field()) {
    field()?.focus();
    field()?.select();
    return;
  }
  router.go('library');
  const until = performance.now() + 3000;
  const look = () => {
    if (field()) field()?.focus();
    else if (performance.now() < until) requestAnimationFrame(look);
  };
  look();
}

/** A loop from the present position, or to it. */
export function loopEdge(end: 'a' | 'b'): void {
  const { state } = current;
  if (!state?.currentTrack) return;
  const loop = state.session?.loop;
  const at = current.position();
  const duration = state.currentTrack.duration;
  const a = end === 'a' ? at : (loop?.a ?? 0);
  const b = end === 'b' ? at : (loop && loop.b > a ? loop.b : duration);
  if (b - a > 0.02) commands.setSession({ loop: { a, b } });
}

export function endLoop(): void {
  commands.setSession({ loop: null });
}

export function cycleRepeat(): void {
  const { session } = current;
  if (session) commands.setSession({ repeat: session.repeat === 'off' ? 'all' : session.repeat === 'all' ? 'one' : 'off' });
}

export function keyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    search();
    return;
  }
  if (event.ctrlKey || event.metaKey || typing(event.target)) return;
  const media = { MediaPlayPause: () => commands.toggle(), MediaTrackNext: () => void commands.next(), MediaTrackPrevious: () => void commands.previous() }[event.key];
  if (media) {
    media();
    return;
  }
  if (!prefs.keys) return;
  const onControl = event.target instanceof HTMLElement && event.target.closest('button, a, input, [role=slider], [role=row], summary');
  const { zone } = current;
  const go = performance.now() - going < 1200 ? places[event.key.toLowerCase()] : undefined;
  if (go !== undefined) {
    going = 0;
    event.preventDefault();
    router.go(go);
    return;
  }
  const letters: Record<string, () => void> = {
    '/': search,
    '?': () => (keys.shown = true),
    g: () => (going = performance.now()),
    m: () => zone && commands.setMuted(zone, !current.mutedOf(zone)),
    r: cycleRepeat,
    s: () => current.session && commands.setSession({ shuffle: !current.session.shuffle }),
    '[': () => loopEdge('a'),
    ']': () => loopEdge('b'),
    '\\': endLoop,
    N: () => void commands.next(),
    P: () => void commands.previous(),
  };
  const bare: Record<string, () => void> = {
    ' ': () => commands.toggle(),
    ArrowLeft: () => commands.seek(current.position() - (event.shiftKey ? 30 : 5)),
    ArrowRight: () => commands.seek(current.position() + (event.shiftKey ? 30 : 5)),
    ArrowUp: () => zone && commands.setVolume(zone, Math.round(current.volumeOf(zone)) + 2),
    ArrowDown: () => zone && commands.setVolume(zone, Math.round(current.volumeOf(zone)) - 2),
  };
  const run = letters[event.key] ?? (onControl ? undefined : bare[event.key]);
  if (!run) return;
  // A page that scrolls keeps its arrows; only the one that plays has the volume on them.
  if (event.key.startsWith('Arrow') && router.route.parts.length > 0) return;
  event.preventDefault();
  run();
}
