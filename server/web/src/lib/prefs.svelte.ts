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

class Prefs {
  zone = $state(read('zone') ?? '');
  theme = $state<Theme>((read('theme') as Theme | null) ?? 'auto');
  /** Whether single letters are keys (WCAG 2.1.4). */
  keys = $state(read('keys') !== 'off');
  speakersView = $state<'cards' | 'table'>(read('speakers') === 'table' ? 'table' : 'cards');
  readonly language = read('language');

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

  applyTheme(): void {
    if (this.theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = this.theme;
  }
}

export const prefs = new Prefs();
