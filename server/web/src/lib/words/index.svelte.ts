/** The language of the page. English is at hand; another one is fetched when it is chosen. */
import { en, type Words } from './en';
import { ApiError } from '../api/client';

export const LANGUAGES = { en: 'English', de: 'Deutsch', hu: 'Magyar' } as const;
export type Language = keyof typeof LANGUAGES;

const loaders: Record<Language, () => Promise<Words>> = {
  en: () => Promise.resolve(en),
  de: async () => (await import('./de')).de,
  hu: async () => (await import('./hu')).hu,
};

class Speech {
  words = $state.raw<Words>(en);

  get language(): string {
    return this.words.language;
  }

  async choose(language: Language): Promise<void> {
    this.words = await loaders[language]();
    document.documentElement.lang = language;
  }
}

export const speech = new Speech();

/** The words of the page's language. */
export function t(): Words {
  return speech.words;
}

/** The language that was chosen here, or the first that the browser asks for and the page speaks. */
export function preferred(kept: string | null, asked: readonly string[]): Language {
  for (const one of [kept ?? '', ...asked]) {
    const code = one.slice(0, 2).toLowerCase();
    if (code in LANGUAGES) return code as Language;
  }
  return 'en';
}

/** A sentence for people: of a code that the page knows its own, else what the coordinator said. */
export function sentence(error: unknown): string {
  if (error instanceof ApiError) return t().problem[error.code] ?? (error.detail || error.message);
  return error instanceof Error ? error.message : String(error);
}
