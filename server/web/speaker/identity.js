// Who this window is.
//
// Several windows of one browser are several speakers, so the id lives in the window's own storage and survives a reload. A
// duplicated tab copies that storage: it asks around, and where another window has the id, it gets a new one.

const ID = 'downbeat.speaker-id';
const NAME = 'downbeat.name';
const ASK_MS = 200;

/** Storage may be forbidden; then a reload is a new speaker, and nothing else is lost. */
function stored(key, value) {
  try {
    if (value === undefined) return sessionStorage.getItem(key);
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
  } catch {
    // as said
  }
  return value ?? null;
}

function browserName() {
  const agent = navigator.userAgent;
  const known = [
    ['Firefox', /Firefox\//],
    ['Edge', /Edg\//],
    ['Opera', /OPR\//],
    ['Chrome', /Chrom(e|ium)\//],
    ['Safari', /Safari\//],
  ];
  const systems = [
    ['Android', /Android/],
    ['iPhone', /iPhone/],
    ['iPad', /iPad/],
    ['Windows', /Windows/],
    ['Mac', /Mac OS/],
    ['Linux', /Linux|X11/],
  ];
  const name = (list, other) => list.find(([, pattern]) => pattern.test(agent))?.[0] ?? other;
  // A number, because people open several.
  return `${name(known, 'Browser')} on ${name(systems, 'a device')}, ${10 + Math.floor(Math.random() * 90)}`;
}

export class Identity {
  constructor() {
    this.id = stored(ID);
    this.name = stored(NAME) ?? stored(NAME, browserName());
    this.channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('downbeat-speakers') : null;
  }

  /** Makes sure that no other window goes by the same id. */
  async claim() {
    const { channel } = this;
    if (!channel) return;
    // Of two windows that open at once the one with the smaller number keeps the id.
    const me = Math.random();
    let taken = false;
    channel.onmessage = ({ data }) => {
      if (data.id !== this.id || this.id === null) return;
      if (data.say === 'mine?' && (this.claimed || me < data.me)) channel.postMessage({ say: 'mine', id: this.id, to: data.me });
      if (data.say === 'mine' && data.to === me && !this.claimed) taken = true;
    };
    if (this.id) {
      channel.postMessage({ say: 'mine?', id: this.id, me });
      await new Promise((resolve) => setTimeout(resolve, ASK_MS));
      if (taken) {
        this.keep(null);
        this.rename(browserName());
      }
    }
    this.claimed = true;
  }

  /** The id that the coordinator knows this window by. */
  keep(id) {
    this.id = id;
    stored(ID, id);
  }

  rename(name) {
    this.name = name;
    stored(NAME, name);
  }
}
