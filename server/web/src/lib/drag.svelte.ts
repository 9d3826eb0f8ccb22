/** A row of a list that is dragged by its handle to another place. The same is done by keys and by the row's menu. */
export class RowDrag {
  /** The row that is held: where it came from, and where it would go. */
  held = $state.raw<{ from: number; to: number } | undefined>();
  readonly #rowHeight: number;

  constructor(rowHeight: number) {
    this.#rowHeight = rowHeight;
  }

  /** The side of a row at which the held one would come to stand. */
  edge(index: number): 'before' | 'after' | undefined {
    const { held } = this;
    if (!held || held.to !== index || held.to === held.from) return undefined;
    return held.to < held.from ? 'before' : 'after';
  }

  /** Begins with a pointer on the handle of a row; `drop` is called where it is let go. */
  grab(event: PointerEvent, index: number, total: () => number, drop: (to: number) => void): void {
    if (event.button !== 0) return;
    const handle = event.currentTarget as HTMLElement;
    handle.setPointerCapture(event.pointerId);
    const start = event.clientY + scrollY;
    let at = event.clientY;
    let frame = 0;
    const place = () => Math.min(total() - 1, Math.max(0, index + Math.round((at + scrollY - start) / this.#rowHeight)));
    const follow = () => {
      // At an edge of the window the list moves on by itself.
      if (at > innerHeight - 150) scrollBy(0, 12);
      else if (at < 80) scrollBy(0, -12);
      const to = place();
      if (this.held?.to !== to) this.held = { from: index, to };
      frame = requestAnimationFrame(follow);
    };
    const moved = (e: PointerEvent) => {
      at = e.clientY;
      if (frame === 0) frame = requestAnimationFrame(follow);
    };
    const end = (e: Event) => {
      cancelAnimationFrame(frame);
      handle.removeEventListener('pointermove', moved);
      handle.removeEventListener('pointerup', end);
      handle.removeEventListener('pointercancel', end);
      document.removeEventListener('keydown', escape, true);
      this.held = undefined;
      if (e.type === 'pointerup' && place() !== index) drop(place());
    };
    const escape = (e: KeyboardEvent) => {
      if (e.key !== 'Escape') return;
      e.preventDefault();
      end(e);
    };
    handle.addEventListener('pointermove', moved);
    handle.addEventListener('pointerup', end);
    handle.addEventListener('pointercancel', end);
    document.addEventListener('keydown', escape, true);
  }
}
