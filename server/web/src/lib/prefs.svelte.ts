/** What this browser remembers: its zone, language, appearance. A browser that keeps nothing works as well. */
export type Theme = 'auto' | 'light' | 'dark';

function read(key: string): string | null {
  try {
    return localStorage.getItem(`downbeat.${key}`);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(`downbeat.${key}`, value);
  } catch {
    // Private windows of some browsers keep nothing.
  }
}

/** A list that was kept; anything else that stands there is none. */
function readList(key: string): string[] {
  try {
    const kept: unknown = JSON.parse(read(key) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

class Prefs {
  zone = $state(read('zone') ?? '');
  theme = $state<Theme>((read('theme') as Theme | null) ?? 'auto');
  /** Whether single letters are keys (WCAG 2.1.4). */
  keys = $state(read('keys') !== 'off');
  speakersView = $state<'cards' | 'table'>(read('speakers') === 'table' ? 'table' : 'cards');
  readonly language = read('language');
  /** Filters of the fleet that are used again. */
  filters = $state.raw<string[]>(readList('filters'));
  /** How loud this browser is when it is a speaker, 0..100: its own, and nobody else's. */
  listenVolume = $state(Math.min(100, Math.max(0, Number(read('listen-volume') ?? 100) || 0)));

  setZone(id: string): void {
    this.zone = id;
    write('zone', id);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    write('theme', theme);
    this.applyTheme();
  }

  setKeys(on: boolean): void {
    this.keys = on;
    write('keys', on ? 'on' : 'off');
  }

  setLanguage(language: string): void {
    write('language', language);
  }

  setSpeakersView(view: 'cards' | 'table'): void {
    this.speakersView = view;
    write('speakers', view);
  }

  setFilters(filters: string[]): void {
    this.filters = filters;
    write('filters', JSON.stringify(filters));
  }

  setListenVolume(volume: number): void {
    this.listenVolume = volume;
    write('listen-volume', String(volume));
  }

  applyTheme(): void {
    if (this.theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = this.theme;
  }
}

export const prefs = new Prefs();
