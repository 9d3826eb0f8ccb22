// The log of everything that was said, newest first, bounded, and to be filtered while it runs.

const MOST = 500;

/** What the eye looks for first in each message. */
const SUMMARIES = {
  hello: (m) => `${m.name}, ${m.class}${m.known ? `, at revision ${m.known.revision}` : ''}`,
  welcome: (m) => `${m.name}, clock ${short(m.clock_id)}`,
  state_sync: session,
  play_track: session,
  pause: session,
  resume: session,
  seek: session,
  stop: session,
  plan_update: session,
  prepare: (m) => `#${m.prepare_id} ${m.entry.title || short(m.entry.hash)} from frame ${m.from_frames}`,
  ready: (m) => `#${m.prepare_id} ${m.error ? m.error.detail : `in ${Math.round(m.lead_us / 1000)} ms`}`,
  volume_change: (m) => `zone ${m.volume.zone}, speaker ${m.volume.speaker}${m.volume.muted ? ', muted' : ''}`,
  position_check: (m) => `frame ${m.expected_frames}`,
  position_report: (m) => `${m.state}, frame ${m.position_frames}, error ${(m.sync_error_us / 1000).toFixed(2)} ms`,
  health: (m) => m.output,
  configure: (m) => `${m.name}, output delay ${m.settings.output_delay_us} us`,
  announce: (m) => m.clip.title || short(m.clip.hash),
  error: (m) => `${m.code}: ${m.detail}`,
  client_error: (m) => `${m.code}: ${m.detail}`,
};

const short = (id) => String(id).slice(0, 8);

function session(m) {
  const { timeline, plan } = m;
  if (!timeline) return `revision ${m.revision}, silence`;
  const entry = plan.find((e) => e.entry === timeline.entry);
  const since = timeline.running ? Math.max(0, m.server_time - timeline.anchor_server_us) * 1e-6 : 0;
  const seconds = entry ? ` ${(timeline.anchor_media_frames / entry.sample_rate + since).toFixed(2)} s` : '';
  const ahead = (m.at - m.server_time) / 1000;
  const when = ahead > 0 ? `, in ${ahead.toFixed(0)} ms` : '';
  return `revision ${m.revision}, ${timeline.running ? 'running' : 'held'} at${seconds} of ${entry?.title || short(timeline.entry)}${when}, ${plan.length === 1 ? '1 entry' : `${plan.length} entries`}`;
}

/** Kinds for the filter. What comes every second is apart from what a person did. */
function kindOf(direction, type) {
  if (direction === 'note') return 'notes';
  if (type === 'position_check' || type === 'position_report' || type === 'health') return 'reports';
  if (type === 'time') return 'time';
  return 'messages';
}

export class Log {
  /** @param {HTMLElement} list an `ol` */
  constructor(list) {
    this.list = list;
    this.shown = new Set(['messages', 'notes']);
    this.words = '';
    this.paused = false;
  }

  /** A message that came (`in`) or went (`out`). */
  traffic(direction, message) {
    let text;
    try {
      text = SUMMARIES[message.type]?.(message) ?? '';
    } catch {
      text = '(not as expected)';
    }
    this.#add(direction, message.type, text, message, message.type === 'error' || message.type === 'client_error');
  }

  /** The outcome of a burst of time requests. */
  time(text) {
    this.#add('in', 'time', text);
  }

  /** Something that happened here. */
  note(what, text, bad = false) {
    this.#add('note', what, text, null, bad);
  }

  show(kind, on) {
    if (on) this.shown.add(kind);
    else this.shown.delete(kind);
    this.#filter();
  }

  search(words) {
    this.words = words.trim().toLowerCase();
    this.#filter();
  }

  clear() {
    this.list.replaceChildren();
  }

  #add(direction, type, text, message = null, bad = false) {
    if (this.paused) return;
    const item = document.createElement('li');
    item.dataset.kind = kindOf(direction, type);
    item.classList.toggle('bad', bad);
    const time = new Date();
    const stamp = document.createElement('time');
    stamp.textContent = `${time.toLocaleTimeString([], { hour12: false })}.${String(time.getMilliseconds()).padStart(3, '0')}`;
    const arrow = document.createElement('span');
    arrow.className = 'arrow';
    arrow.textContent = { in: '↓', out: '↑', note: '·' }[direction];
    arrow.title = { in: 'from the coordinator', out: 'to the coordinator', note: 'here' }[direction];
    const name = document.createElement('b');
    name.textContent = type;
    const what = document.createElement('span');
    what.textContent = text;
    if (message) {
      // The whole message on demand: written out only when somebody opens it.
      const details = document.createElement('details');
      const summary = document.createElement('summary');
      summary.append(stamp, arrow, name, what);
      details.append(summary);
      details.addEventListener('toggle', () => {
        if (!details.open || details.querySelector('pre')) return;
        const pre = document.createElement('pre');
        pre.tabIndex = 0;
        pre.textContent = JSON.stringify(message, null, 2);
        details.append(pre);
      });
      item.append(details);
    } else {
      item.append(stamp, arrow, name, what);
    }
    item.hidden = !this.#wanted(item);
    this.list.prepend(item);
    while (this.list.childElementCount > MOST) this.list.lastElementChild.remove();
  }

  #wanted(item) {
    return this.shown.has(item.dataset.kind) && (this.words === '' || item.textContent.toLowerCase().includes(this.words));
  }

  #filter() {
    for (const item of this.list.children) item.hidden = !this.#wanted(item);
  }
}
