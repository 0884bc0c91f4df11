// A map of verbs to wander in: names thinned out by zoom, the decoder's answer under the pointer, a search that flies.

const NEAR = 5, RADIUS = 2.2, LABEL = 13, MARGIN = 3, FLIGHT = 500;
const DEEPEST = 60, GOLDEN = 0.6180339887;

class VerbMap {
  /** places (2 N) and points (Z N) of the verbs, their names, and `answer(z)`: the text for a point. */
  constructor(root, { places, points, names, answer }) {
    Object.assign(this, { root, places, points, names, answer });
    this.width = points.length / names.length;
    root.innerHTML = `
      <form class="ask"><label>Find <input class="find" list="map-verbs" spellcheck="false"></label><span class="problem" role="status"></span></form>
      <canvas class="ground" tabindex="0" role="application" aria-label="Map of ${names.length} verbs. Arrow keys move, plus and minus zoom."></canvas>
      <p class="told" role="status"></p><datalist id="map-verbs"></datalist>`;
    root.querySelector("datalist").append(...names.map((name) => Object.assign(document.createElement("option"), { value: name })));
    // Names are placed in an order that takes from the whole alphabet; one that has no room is left out.
    this.order = [...names.keys()].sort((a, b) => ((a * GOLDEN) % 1) - ((b * GOLDEN) % 1));
    this.canvas = root.querySelector(".ground");
    this.view = { x: 0, y: 0, scale: 1 };
    this.here = [0, 0];
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  /** Pixels of one unit: at scale 1 the whole map fits. */
  get unit() {
    const most = (this.extent ??= this.places.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6));
    return (this.view.scale * Math.min(this.canvas.clientWidth, this.canvas.clientHeight) * 0.47) / most;
  }

  toScreen(x, y) {
    const { clientWidth, clientHeight } = this.canvas;
    return [clientWidth / 2 + (x - this.view.x) * this.unit, clientHeight / 2 - (y - this.view.y) * this.unit];
  }

  toMap(left, top) {
    const { clientWidth, clientHeight } = this.canvas;
    return [this.view.x + (left - clientWidth / 2) / this.unit, this.view.y - (top - clientHeight / 2) / this.unit];
  }

  listen() {
    const pointers = new Map();
    this.canvas.onpointerdown = (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, event);
    };
    this.canvas.onpointermove = (event) => {
      const before = pointers.get(event.pointerId);
      if (before) {
        this.view.x -= (event.offsetX - before.offsetX) / this.unit;
        this.view.y += (event.offsetY - before.offsetY) / this.unit;
        pointers.set(event.pointerId, event);
      }
      this.point(this.toMap(event.offsetX, event.offsetY));
    };
    this.canvas.onpointerup = this.canvas.onpointercancel = (event) => pointers.delete(event.pointerId);
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 300), this.toMap(event.offsetX, event.offsetY));
    }, { passive: false });
    this.canvas.onkeydown = (event) => {
      const step = 30 / this.unit;
      const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
      if (way) this.fly(this.view.x + way[0], this.view.y + way[1], this.view.scale, true);
      else if (["+", "-"].includes(event.key)) this.zoom(event.key === "+" ? 1.3 : 1 / 1.3, [this.view.x, this.view.y]);
      else return;
      event.preventDefault();
      this.point([this.view.x, this.view.y]);
    };
    this.root.querySelector(".ask").onsubmit = (event) => {
      event.preventDefault();
      this.search(this.root.querySelector(".find").value.trim());
    };
  }

  search(name) {
    const verb = this.names.indexOf(name);
    this.root.querySelector(".problem").textContent = verb < 0 ? `“${name}” is not on the map: try one of its verbs.` : "";
    if (verb < 0) return;
    const place = [this.places[2 * verb], this.places[2 * verb + 1]];
    this.fly(...place, Math.max(this.view.scale, 8));
    this.point(place);
  }

  zoom(factor, [x, y]) {
    const scale = Math.max(1, Math.min(DEEPEST, this.view.scale * factor)), ratio = this.view.scale / scale;
    this.view = { x: x + (this.view.x - x) * ratio, y: y + (this.view.y - y) * ratio, scale };
    this.draw();
  }

  fly(x, y, scale, atOnce = matchMedia(STILL).matches) {
    const from = { ...this.view }, start = performance.now();
    const frame = (now) => {
      const part = atOnce ? 1 : Math.min(1, (now - start) / FLIGHT), eased = part * part * (3 - 2 * part);
      const between = (a, b) => a + (b - a) * eased;
      this.view = { x: between(from.x, x), y: between(from.y, y), scale: between(from.scale, scale) };
      this.draw();
      if (part < 1) requestAnimationFrame(frame);
    };
    if (atOnce) frame(start);
    else requestAnimationFrame(frame);
  }

  /** Decode what lies at a place: the mean of the nearest verbs, with weights that fall with the squared distance. */
  point(place) {
    this.here = place;
    this.draw();
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined;
      this.root.querySelector(".told").textContent = this.answer(this.lift(this.here));
    });
  }

  lift([x, y]) {
    const far = this.names.map((_, verb) => (this.places[2 * verb] - x) ** 2 + (this.places[2 * verb + 1] - y) ** 2);
    const near = [...far.keys()].sort((a, b) => far[a] - far[b]).slice(0, NEAR);
    const z = new Float64Array(this.width);
    let total = 0;
    for (const verb of near) {
      const weight = 1 / Math.max(far[verb], 1e-12);
      total += weight;
      for (let i = 0; i < z.length; i++) z[i] += weight * this.points[verb * this.width + i];
    }
    return z.map((value) => value / total);
  }

  draw() {
    const { canvas } = this, ratio = devicePixelRatio, { clientWidth: width, clientHeight: height } = canvas;
    if (canvas.width !== width * ratio) canvas.width = width * ratio;
    if (canvas.height !== height * ratio) canvas.height = height * ratio;
    const context = canvas.getContext("2d"), style = getComputedStyle(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = `${LABEL}px ${style.fontFamily}`;
    context.textAlign = "center";
    const taken = [];
    const dots = new Path2D();
    context.fillStyle = style.color;
    for (const verb of this.order) {
      const [left, top] = this.toScreen(this.places[2 * verb], this.places[2 * verb + 1]);
      if (left < 0 || top < 0 || left > width || top > height) continue;
      dots.moveTo(left + RADIUS, top);
      dots.arc(left, top, RADIUS, 0, 2 * Math.PI);
      const half = context.measureText(this.names[verb]).width / 2 + MARGIN;
      const isFree = taken.every((box) => Math.abs(box.left - left) > box.half + half || Math.abs(box.top - top) > LABEL + MARGIN);
      if (!isFree) continue;
      taken.push({ left, top, half });
      context.fillText(this.names[verb], left, top - 5);
    }
    context.globalAlpha = 0.55;
    context.fillStyle = colourOf(this.root, "--accent");
    context.fill(dots);
    context.globalAlpha = 1;
    const [left, top] = this.toScreen(...this.here);
    context.strokeStyle = style.color;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(left, top, 7, 0, 2 * Math.PI);
    context.stroke();
  }
}
