// Addresses of the coordinator, seen from this page. A reverse proxy may have put both below a path: what counts is
// that the page lies in the folder `test-client`, beside `api`, `media` and `ws`; a page that lies elsewhere says where
// these are.

let root = null;

/** The folder of `api`, `media` and `ws`, for a page that does not lie in `test-client`. */
export function lieBelow(folder) {
  root = new URL(folder);
}

/** The address of a path of the coordinator (`api/speakers`, without a slash before it). */
export function addressOf(path, page = null) {
  return page === null && root ? new URL(path, root) : new URL(`../${path}`, page ?? location.href);
}

/** The same of its WebSocket. */
export function socketOf(path, page = null) {
  const url = addressOf(path, page);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}
