// A line over the last minute, in steps: what a figure was from each moment on.
const span = 60_000; // ms

export class Chart {
  #canvas;
  #points = []; // {at, value}, each until the next

  constructor(canvas) { this.#canvas = canvas; }

  /** Draws with `value` as of now. */
  draw(value, now = performance.now()) {
    const points = this.#points;
    if (points.at(-1)?.value !== value) points.push({ at: now, value });
    while (points.length > 1 && points[1].at < now - span) points.shift();

    const canvas = this.#canvas;
    const { clientWidth, clientHeight } = canvas;
    canvas.width = clientWidth * devicePixelRatio;
    canvas.height = clientHeight * devicePixelRatio;
    const context = canvas.getContext('2d');
    const { color } = getComputedStyle(canvas);
    const most = Math.max(1, ...points.map((p) => p.value));
    const x = (at) => (1 - (now - at) / span) * canvas.width;
    const y = (v) => (1 - v / most * 0.8) * canvas.height - 1;

    context.beginPath();
    context.moveTo(0, y(points[0].value));
    for (const [i, { at, value: v }] of points.entries()) {
      context.lineTo(x(at), y(v));
      context.lineTo(i + 1 < points.length ? x(points[i + 1].at) : canvas.width, y(v));
    }
    context.strokeStyle = '#2a78d6';
    context.lineWidth = 2 * devicePixelRatio;
    context.stroke();
    context.fillStyle = color;
    context.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    context.fillText(`${most} pages`, 6 * devicePixelRatio, 16 * devicePixelRatio);
  }
}
