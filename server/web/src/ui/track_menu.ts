import { api, type Track } from '../lib/api/client';
import { live } from '../lib/live/live.svelte';
import { me } from '../lib/me.svelte';
import { router } from '../lib/router.svelte';
import { toasts } from '../lib/toasts.svelte';
import { commands, current, type Source } from '../lib/zone.svelte';
import { stars } from '../lib/stars';
import { t } from '../lib/words/index.svelte';
import { dialogs } from './dialogs.svelte';
import type { Item } from './Menu.svelte';

/** What may be done with something that names tracks. */
export function sourceMenu(source: Source): Item[] {
  const items: Item[] = [];
  if (current.steers) items.push({ label: t().library.playNow, icon: 'play', run: () => void commands.play(source) });
  if (current.queues) items.push(
    { label: t().library.playNext, icon: 'queue', run: () => void commands.enqueue(source, 'next') },
    { label: t().library.addToQueue, icon: 'plus', run: () => void commands.enqueue(source, 'end') });
  return items;
}

export function trackMenu(track: Track): Item[] {
  const items = sourceMenu({ trackIds: [track.id] });
  const { albumId } = track;
  if (albumId) items.push({ label: t().library.goAlbum, icon: 'library', run: () => router.go(`library/albums/${albumId}`) });
  const lists = [...live.playlists.values()].filter((list) => !list.rule).sort((a, b) => b.changed - a.changed).slice(0, 4);
  for (const list of me.may('playlists') ? lists : []) {
    items.push({ label: `${t().library.addToPlaylist}: ${list.name}`, icon: 'playlist', run: () => void addTo(list.id, list.name, [track.id]) });
  }
  if (track.book && current.steers) items.unshift({ label: t().books.resume, icon: 'play', run: () => void commands.play({ book: track.id }) });
  if (me.may('playlists')) items.push({ label: [t().rating.rate, stars(track.rating)].filter(Boolean).join(': '), run: () => (dialogs.rating = track) });
  if (me.may('library')) items.push({ label: t().tags.edit, icon: 'list', run: () => (dialogs.tags = track) });
  return items;
}

async function addTo(id: string, name: string, trackIds: string[]): Promise<void> {
  try {
    await api.post('/api/playlists/{id}/entries', { path: { id }, body: { trackIds } });
    toasts.say(t().playlists.added(trackIds.length, name));
  } catch (error) {
    toasts.refuse(error);
  }
}
