/** What the rest of the page knows of this browser as a speaker; the engine itself is fetched when somebody listens. */
class Hears {
  /** True while a person listens here: keys of headphones are this browser's then, and not the zone's. */
  on = $state(false);
  /** True from the first time on: what the keys of headphones stopped, they begin again. */
  used = $state(false);
  pause: () => void = () => {};
  resume: () => void = () => {};
}

export const hears = new Hears();
