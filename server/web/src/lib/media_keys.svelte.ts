/** The system's media keys, where the browser hands them to a page that itself makes no sound. */
import { coverUrl } from './api/client';
import { hears } from './listen/hears.svelte';
import { commands, current, trackOf } from './zone.svelte';

export function startMediaKeys(): () => void {
  const session = navigator.mediaSession as MediaSession | undefined;
  if (!session) return () => {};
  const handlers: [MediaSessionAction, () => void][] = [
    // Headphones that are pulled out say `pause`: that is meant for who wears them, and not for the house.
    ['play', () => (hears.used ? hears.resume() : !current.playing && commands.toggle())],
    ['pause', () => (hears.on ? hears.pause() : current.playing && commands.toggle())],
    ['nexttrack', () => void commands.next()],
    ['previoustrack', () => void commands.previous()],
  ];
  for (const [action, handler] of handlers) session.setActionHandler(action, handler);
  return $effect.root(() => {
    const id = $derived(current.state?.currentTrack?.id);
    $effect(() => {
      session.playbackState = (hears.used ? hears.on : current.playing) ? 'playing' : 'paused';
    });
    $effect(() => {
      if (!id) {
        session.metadata = null;
        return;
      }
      void trackOf(id).then((track) => {
        const artwork = track.cover ? [{ src: coverUrl(track.cover, 600), sizes: '600x600', type: 'image/jpeg' }] : [];
        session.metadata = new MediaMetadata({ title: track.title, artist: track.artist, album: track.album, artwork });
      }, () => {});
    });
  });
}
