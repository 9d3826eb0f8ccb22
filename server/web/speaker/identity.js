// Who this window is.
//
// Several windows of one browser are several speakers, so the id lives in the window's own storage and survives a reload. A
// duplicated tab copies that storage: it asks around, and where another window has the id, it gets a new one. A page for
// visitors keeps the id for the whole browser (`localStorage`), so that a phone is the same speaker the next day.

const ID = 'downbeat.speaker-id';
const NAME = 'downbeat.name';
const ASK_MS = 200;

/** Storage may be forbidden; then a reload is a new speaker, and nothing else is lost. */
class Kept {
  constructor(place) {
    this.place = place;
  }

  get(key) {
    try {
      return globalThis[this.place].getItem(key);
    } catch {
      return null;
    }
  }

  set(key, value) {
    try {
      if (value === null) globalThis[this.place].removeItem(key);
      else globalThis[this.place].setItem(key, value);
    } catch {
      // as said
    }
  }
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
  /** @param {'sessionStorage' | 'localStorage'} place where the id is kept: for this window, or for all of the browser */
  constructor(place = 'sessionStorage') {
    this.kept = new Kept(place);
    this.id = this.kept.get(ID);
    this.name = this.kept.get(NAME) ?? browserName();
    this.kept.set(NAME, this.name);
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
        // The browser's own id stays with the window that has it.
        this.kept = new Kept('sessionStorage');
        this.keep(null);
        this.rename(browserName());
      }
    }
    this.claimed = true;
  }

  /** The id that the coordinator knows this window by. */
  keep(id) {
    this.id = id;
    this.kept.set(ID, id);
  }

  rename(name) {
    this.name = name;
    this.kept.set(NAME, name);
  }
}
