/** Addresses of the page: a path below its base, and what it names. */

export interface Route {
  /** The parts of the path, decoded. */
  parts: string[];
  query: URLSearchParams;
}

export function parse(path: string, search = ''): Route {
  const parts = path.split('/').filter((part) => part !== '');
  return { parts: parts.map((part) => decodeURIComponent(part)), query: new URLSearchParams(search) };
}

const base = typeof document === 'undefined' ? '/' : new URL(document.baseURI).pathname.replace(/[^/]*$/, '');

class Router {
  route = $state.raw<Route>({ parts: [], query: new URLSearchParams() });
  #scrolls = new Map<string, number>();

  start(): () => void {
    // The base leads back from the path that was asked for; it stays when the path changes, so it must be absolute.
    document.querySelector('base')?.setAttribute('href', base);
    this.#read();
    const read = () => this.#read();
    window.addEventListener('popstate', read);
    document.addEventListener('click', this.#click);
    return () => {
      window.removeEventListener('popstate', read);
      document.removeEventListener('click', this.#click);
    };
  }

  go(to: string, replace = false): void {
    this.#scrolls.set(location.pathname, window.scrollY);
    const url = base + to.replace(/^\//, '');
    if (replace) history.replaceState(null, '', url);
    else history.pushState(null, '', url);
    this.#read();
    if (!replace) window.scrollTo(0, 0);
  }

  #read(): void {
    const path = location.pathname.startsWith(base) ? location.pathname.slice(base.length) : location.pathname;
    this.route = parse(path, location.search);
  }

  /** A plain click on a link of ours changes the address; one with a key opens a tab, as everywhere. */
  #click = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest('a');
    if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (!link.hasAttribute('data-in')) return;
    event.preventDefault();
    this.go(link.pathname.slice(base.length) + link.search);
  };
}

export const router = new Router();

/** The address of a path of the page, for a link. */
export function href(...parts: string[]): string {
  return base + parts.map(encodeURIComponent).join('/');
}
