// Addresses of the coordinator, seen from this page. A reverse proxy may have put both below a path: what counts is
// that the page lies in the folder `test-client`, beside `api`, `media` and `ws`.

/** The address of a path of the coordinator (`api/speakers`, without a slash before it). */
export function addressOf(path, page = location.href) {
  return new URL(`../${path}`, page);
}

/** The same of its WebSocket. */
export function socketOf(path, page = location.href) {
  const url = addressOf(path, page);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}
