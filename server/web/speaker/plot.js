// The sync error of the last minute as a line: so one sees whether the music is in step.

const SPAN_S = 60;

export class Plot {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.points = [];
  }

  /** @param {number | null} errorMs null while nothing sounds */
  add(errorMs, atS = performance.now() / 1000) {
    this.points.push({ atS, errorMs });
    while (this.points.length && this.points[0].atS < atS - SPAN_S) this.points.shift();
  }

  /** Median and worst of what is shown, ms; null if nothing is. */
  get summary() {
    const errors = this.points.filter((p) => p.errorMs !== null).map((p) => Math.abs(p.errorMs));
    if (errors.length === 0) return null;
    errors.sort((a, b) => a - b);
    return { median: errors[errors.length >> 1], worst: errors.at(-1) };
  }

  draw() {
    const { canvas } = this;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width || !height) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    const g = canvas.getContext('2d');
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, height);

    const worst = Math.max(1, ...this.points.map((p) => Math.abs(p.errorMs ?? 0)));
    // whole steps: 2, 5, 10, 20, 50 ms ...
    const scale = [2, 5, 10, 20, 50, 100, 200, 500].find((s) => worst <= s) ?? worst;
    const y = (ms) => height / 2 - (Math.max(-scale, Math.min(scale, ms)) / scale) * (height / 2 - 12);
    const now = performance.now() / 1000;
    const x = (s) => width - ((now - s) / SPAN_S) * width;

    g.strokeStyle = colour('--line');
    g.fillStyle = colour('--faint');
    g.font = '11px system-ui, sans-serif';
    g.lineWidth = 1;
    for (const ms of [scale, 0, -scale]) {
      g.beginPath();
      g.moveTo(0, Math.round(y(ms)) + 0.5);
      g.lineTo(width, Math.round(y(ms)) + 0.5);
      g.stroke();
    }
    g.fillText(`${scale} ms late`, 4, y(scale) + 12);
    g.fillText(`${scale} ms early`, 4, y(-scale) - 4);

    g.strokeStyle = colour('--accent');
    g.lineWidth = 1.5;
    g.lineJoin = 'round';
    g.beginPath();
    let pen = false;
    for (const { atS, errorMs } of this.points) {
      if (errorMs === null) pen = false;
      else if (pen) g.lineTo(x(atS), y(errorMs));
      else {
        g.moveTo(x(atS), y(errorMs));
        pen = true;
      }
    }
    g.stroke();
  }
}
