// A map of verbs to wander in: names thinned out by zoom, the decoder's answer under the pointer, a search that flies.

// NEAR is `NEAREST` of cvae/inference/projection.py, which finds places and points as this map does.
const NEAR = 5, DOT = 2.4, MARGIN = 3, FLIGHT = 500;
const MOST = 120; // names at a time: more can be read by nobody, and each costs
const DEEPEST = 60, GOLDEN = 0.6180339887, GRIP = 16, CLICK = 4, PAUSE = 60;
const CELL = 8; // names may not overlap: the pixels of the grid in which that is looked up
const SHAPES = 4;
const NEARBY = 60; // the same word is not said twice so close together, in pixels
const SHIFTS = [-14, 24, -32, 42]; // a label is above its place, below it, or further off, in pixels

/** The middle of places (2 N), and the longer side of the box around them. */
function box(places) {
  const [left, bottom] = [0, 1].map((axis) => places.reduce((low, value, i) => (i % 2 === axis ? Math.min(low, value) : low), Infinity));
  const [right, top] = [0, 1].map((axis) => places.reduce((high, value, i) => (i % 2 === axis ? Math.max(high, value) : high), -Infinity));
  return [(left + right) / 2, (bottom + top) / 2, Math.max(right - left, top - bottom, 1e-6)];
}

class VerbMap {
  /**
   * places (2 N) and points (Z N) of the verbs, their names, the titles of the tenses, and `answer(z, tense)`: the word
   * there. Where the map is a plane of z, `plane` has its centre (Z) and its two axes (Z); `picked({ x, y, verb })` hears
   * of a click, with the number of the verb that was hit.
   */
  constructor(root, { places, points, names, titles, answer, plane = null, picked = () => {}, ask = true }) {
    Object.assign(this, { root, places, points, names, titles, answer, plane, picked });
    this.width = points.length / names.length;
    root.innerHTML = `
      <form class="ask"><label>Find <input class="find" list="map-verbs" autocapitalize="none" spellcheck="false"></label><span class="problem" role="status"></span></form>
      <div class="stage"><div class="zooms"><button type="button" aria-label="Zoom in">+</button><button type="button" aria-label="Zoom out">−</button><button type="button" aria-label="Whole map">⤢</button><button type="button" aria-label="Download as PNG">PNG</button></div>
      <canvas class="ground" tabindex="0" role="application" aria-label="Map of ${names.length} verbs. Arrow keys move, plus and minus zoom, Enter chooses."></canvas></div>
      <p class="told" role="status"></p><ul class="key"></ul><datalist id="map-verbs"></datalist>`;
    this.find = (selector) => root.querySelector(selector);
    this.find(".ask").hidden = !ask;
    if (ask) this.find("datalist").append(...names.map((name) => Object.assign(document.createElement("option"), { value: name })));
    // Names are placed in an order that takes from the whole alphabet; one that has no room is left out.
    this.order = [...names.keys()].sort((a, b) => ((a * GOLDEN) % 1) - ((b * GOLDEN) % 1));
    this.halves = new Float32Array(names.length);
    this.canvas = this.find(".ground");
    const [x, y, span] = box(places);
    this.whole = { x, y, scale: 1 };
    this.extent = span / 2;
    this.view = { ...this.whole };
    this.here = this.settled = null; // where the pointer is, and the chosen place
    this.word = this.label = ""; // what is decoded there
    this.paint();
    this.listen();
    new ResizeObserver(() => this.redraw()).observe(this.canvas);
  }

  /**
   * What lies over the verbs. groups: { of: the number of each verb's group, names, colours, are_steps: of a quantity };
   * tracks: paths of { name, places, words, is_new, colour, dash }; clouds: draws as { name, places, colour }.
   */
  paint({ groups = null, tracks = [], clouds = [] } = {}) {
    Object.assign(this, { groups, tracks, clouds });
    const lines = [...(groups?.names ?? []).map((name, i) => [this.glyph(i), groups.colours[i], name]),
      ...tracks.filter(({ name }) => name).map(({ name, colour, dash }) => [dash ? "╌" : "━", colour, name]), ...clouds.map(({ name, colour }) => ["●", colour, name])];
    this.find(".key").replaceChildren(...lines.map(([glyph, colour, name]) => {
      const sign = build("span", { "aria-hidden": "true" }, glyph);
      sign.style.color = colour;
      return build("li", {}, sign, ` ${name}`);
    }));
    this.redraw();
  }

  /** Seven colours by four shapes tell 28 groups apart; steps of a quantity are told by colour and number. */
  shape(group) {
    return this.groups?.are_steps ? 0 : (2 * group + Math.floor(group / 7)) % SHAPES;
  }

  glyph(group) {
    return "●■◆▲"[this.shape(group)];
  }

  /** Pixels of one unit: at scale 1 the whole map fits. */
  get unit() {
    return (this.view.scale * Math.min(this.canvas.clientWidth, this.canvas.clientHeight) * 0.46) / this.extent;
  }

  toMap(left, top) {
    const { clientWidth, clientHeight } = this.canvas;
    return [this.view.x + (left - clientWidth / 2) / this.unit, this.view.y - (top - clientHeight / 2) / this.unit];
  }

  /** From places to pixels, as [unit, left of the origin, top of the origin]. */
  frame() {
    const { clientWidth, clientHeight } = this.canvas, unit = this.unit;
    return [unit, clientWidth / 2 - this.view.x * unit, clientHeight / 2 + this.view.y * unit];
  }

  toScreen([x, y], [unit, left, top] = this.frame()) {
    return [left + x * unit, top - y * unit];
  }

  listen() {
    const pointers = new Map();
    let start = null;
    const [closer, further, whole, png] = this.root.querySelectorAll(".zooms button");
    closer.onclick = () => this.fly(this.view.x, this.view.y, Math.min(DEEPEST, this.view.scale * 2));
    further.onclick = () => this.fly(this.view.x, this.view.y, Math.max(1, this.view.scale / 2));
    whole.onclick = () => this.fly(this.whole.x, this.whole.y, 1);
    png.onclick = () => this.canvas.toBlob((blob) => {
      const link = build("a", { href: URL.createObjectURL(blob), download: "tense-lab-map.png" });
      link.click();
      URL.revokeObjectURL(link.href);
    });
    this.canvas.onpointerdown = (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, event);
      const [left, top] = this.settled ? this.toScreen(this.settled) : [-GRIP, -GRIP];
      const isRing = Math.hypot(left - event.offsetX, top - event.offsetY) < GRIP;
      start = { left: event.offsetX, top: event.offsetY, isRing: isRing && !event.shiftKey, moved: false };
    };
    this.canvas.onpointermove = (event) => {
      const before = pointers.get(event.pointerId), at = [event.offsetX, event.offsetY];
      if (before && Math.hypot(start.left - at[0], start.top - at[1]) > CLICK) start.moved = true;
      if (before && start.moved && !start.isRing) {
        this.view.x -= (event.offsetX - before.offsetX) / this.unit;
        this.view.y += (event.offsetY - before.offsetY) / this.unit;
        this.redraw();
      } else if (before && start.moved) this.settle(this.toMap(...at));
      else if (!before && event.pointerType === "mouse") this.point(this.toMap(...at));
      if (before) pointers.set(event.pointerId, event);
    };
    this.canvas.onpointerup = (event) => {
      pointers.delete(event.pointerId);
      if (start && (start.isRing || !start.moved)) this.pick(event.offsetX, event.offsetY, !start.moved);
    };
    this.canvas.onpointercancel = (event) => pointers.delete(event.pointerId);
    this.canvas.onpointerleave = () => this.settled && this.point(this.settled, this.label);
    this.canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && document.activeElement !== this.canvas && this.canvas.getRootNode().activeElement !== this.canvas) return; // the page scrolls
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 300), this.toMap(event.offsetX, event.offsetY));
    }, { passive: false });
    this.canvas.onkeydown = (event) => {
      const step = 30 / this.unit;
      const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
      if (way) this.fly(this.view.x + way[0], this.view.y + way[1], this.view.scale, true);
      else if (["+", "-"].includes(event.key)) this.zoom(event.key === "+" ? 1.3 : 1 / 1.3, [this.view.x, this.view.y]);
      else if (event.key !== "Enter") return;
      event.preventDefault();
      if (event.key === "Enter") this.pick(...this.toScreen([this.view.x, this.view.y]), true);
      else this.point([this.view.x, this.view.y]);
    };
    this.find(".ask").onsubmit = (event) => {
      event.preventDefault();
      this.search(this.find(".find").value.trim());
    };
  }

  search(name) {
    const verb = this.names.indexOf(name);
    this.find(".problem").textContent = verb < 0 ? `“${name}” is not on the map: try one of its verbs.` : "";
    if (verb >= 0) this.flyTo([this.places[2 * verb], this.places[2 * verb + 1]]);
  }

  flyTo(place, scale = Math.max(this.view.scale, 8)) {
    this.fly(...place, scale);
    this.point(place);
  }

  /** Show a part of the map that holds these places. */
  fit(places) {
    const [x, y, span] = box(places.flat());
    this.fly(x, y, Math.max(1, Math.min(DEEPEST, (1.3 * this.extent) / span)), true);
  }

  /** Keep the ring at a place, with this word, until another place is chosen. */
  settle(place, label = null) {
    this.settled = place;
    this.label = label ?? this.label;
    this.point(place, label);
  }

  pick(left, top, isClick) {
    const place = this.toMap(left, top), verb = this.nearest(place, 1)[0];
    const [x, y] = this.toScreen([this.places[2 * verb], this.places[2 * verb + 1]]);
    const isHit = isClick && Math.hypot(x - left, y - top) < GRIP / 2;
    this.settle(isHit ? [this.places[2 * verb], this.places[2 * verb + 1]] : place);
    this.picked({ x: this.settled[0], y: this.settled[1], verb: isHit ? verb : null });
  }

  zoom(factor, [x, y]) {
    const scale = Math.max(1, Math.min(DEEPEST, this.view.scale * factor)), ratio = this.view.scale / scale;
    this.view = { x: x + (this.view.x - x) * ratio, y: y + (this.view.y - y) * ratio, scale };
    this.redraw();
  }

  fly(x, y, scale, atOnce = matchMedia(STILL).matches) {
    const from = { ...this.view }, start = performance.now();
    const frame = (now) => {
      const part = atOnce ? 1 : Math.min(1, Math.max(0, now - start) / FLIGHT), eased = part * part * (3 - 2 * part);
      const between = (a, b) => a + (b - a) * eased;
      this.view = { x: between(from.x, x), y: between(from.y, y), scale: between(from.scale, scale) };
      this.redraw();
      if (part < 1) requestAnimationFrame(frame);
    };
    if (atOnce) frame(start);
    else requestAnimationFrame(frame);
  }

  /** Decode what lies at a place: at once in the first tense, in the others when the pointer rests. */
  point(place, label = null) {
    this.here = place;
    this.word = label ?? this.word;
    this.asked = label === null;
    this.redraw();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      const z = this.lift(place);
      this.find(".told").textContent = this.titles.map((title, tense) => `${title} ${this.answer(z, tense).normalize("NFC")}`).join(" · ");
    }, PAUSE);
  }

  redraw() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined;
      if (this.asked) this.word = this.answer(this.lift(this.here), 0);
      if (this.here === this.settled) this.label = this.word;
      this.asked = false;
      this.draw();
    });
  }

  nearest([x, y], count) {
    const near = [];
    for (let verb = 0; verb < this.names.length; verb++) {
      const far = (this.places[2 * verb] - x) ** 2 + (this.places[2 * verb + 1] - y) ** 2;
      if (near.length === count && far >= near.at(-1).far) continue;
      near.splice(near.findLastIndex((other) => other.far <= far) + 1, 0, { verb, far });
      near.length = Math.min(near.length, count);
    }
    this.far = near.map(({ far }) => far);
    return near.map(({ verb }) => verb);
  }

  /** The point z that a place stands for: of a plane the point itself, else the mean of the nearest verbs, with weights
   * that fall with the squared distance. */
  lift([x, y]) {
    if (this.plane) return this.plane.centre.map((value, i) => value + x * this.plane.axes[0][i] + y * this.plane.axes[1][i]);
    const z = new Float64Array(this.width), near = this.nearest([x, y], NEAR);
    const weights = this.far.map((far) => 1 / Math.max(far, 1e-12)), total = weights.reduce((sum, weight) => sum + weight);
    near.forEach((verb, rank) => {
      for (let i = 0; i < z.length; i++) z[i] += (weights[rank] / total) * this.points[verb * this.width + i];
    });
    return z;
  }

  draw() {
    const { canvas } = this, ratio = devicePixelRatio, { clientWidth: width, clientHeight: height } = canvas;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d"), style = getComputedStyle(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const look = `${style.fontSize} ${style.color}`;
    if (look !== this.look) { // another theme, or larger type
      const ink = { text: style.color, ground: colourOf(this.root, "--st-background-color"), accent: colourOf(this.root, "--accent") };
      Object.assign(this, { look, text: parseFloat(style.fontSize), ink });
      this.halves.fill(0);
    }
    context.font = `${style.fontSize} ${style.fontFamily}`;
    context.textAlign = "center";
    context.lineJoin = "round";
    const frame = this.frame(), seen = [];
    for (const verb of this.order) {
      const [left, top] = this.toScreen([this.places[2 * verb], this.places[2 * verb + 1]], frame);
      if (left >= 0 && top >= 0 && left <= width && top <= height) seen.push([verb, left, top]);
    }
    this.drawClouds(context);
    this.drawDots(context, seen);
    const labels = this.drawTracks(context);
    context.strokeStyle = this.ink.text;
    for (const [place, word, width] of [[this.settled, this.label, 2.5], [this.here, this.word, 1.2]]) {
      if (!place || (place === this.settled && width < 2)) continue;
      const [left, top] = this.toScreen(place);
      context.lineWidth = width;
      context.beginPath();
      context.arc(left, top, 8, 0, 2 * Math.PI);
      context.stroke();
      labels.unshift([word, left, top]);
    }
    this.drawNames(context, seen, labels);
  }

  drawDots(context, seen) {
    const paths = (this.groups?.colours ?? [this.ink.accent]).map(() => new Path2D());
    const size = (DOT * this.text) / 13 * (1 + Math.log10(this.view.scale));
    for (const [verb, left, top] of seen) {
      const group = this.groups?.of[verb] ?? 0, path = paths[group];
      const s = size * 1.15;
      if (this.shape(group) === 0) {
        path.moveTo(left + size, top);
        path.arc(left, top, size, 0, 2 * Math.PI);
      } else if (this.shape(group) === 1) path.rect(left - size, top - size, 2 * size, 2 * size);
      else {
        path.moveTo(left, top - s * 1.2);
        path.lineTo(left + s * 1.2, this.shape(group) === 2 ? top : top + s);
        if (this.shape(group) === 2) path.lineTo(left, top + s * 1.2);
        path.lineTo(left - s * 1.2, this.shape(group) === 2 ? top : top + s);
        path.closePath();
      }
    }
    context.globalAlpha = this.tracks.length || this.clouds.length ? 0.25 : 0.7;
    paths.forEach((path, group) => {
      context.fillStyle = this.groups?.colours[group] ?? this.ink.accent;
      context.fill(path);
    });
    context.globalAlpha = 1;
  }

  /** Draws as clouds: many faint discs, which add up where there are many. */
  drawClouds(context) {
    const frame = this.frame(), size = 12 * Math.sqrt(this.view.scale);
    context.globalAlpha = 0.07;
    for (const { places, colour } of this.clouds) {
      context.fillStyle = colour;
      for (const place of places) {
        const [left, top] = this.toScreen(place, frame);
        context.beginPath();
        context.arc(left, top, size, 0, 2 * Math.PI);
        context.fill();
      }
    }
    context.globalAlpha = 1;
  }

  /** Draw the paths; return the words that stand at them, as [word, left, top]. */
  drawTracks(context) {
    const frame = this.frame(), labels = [];
    for (const { places, words, is_new, colour, dash } of this.tracks) {
      context.strokeStyle = context.fillStyle = colour;
      context.lineWidth = 2.5;
      context.setLineDash(dash ? [7, 5] : []);
      context.beginPath();
      for (const place of places) context.lineTo(...this.toScreen(place, frame));
      context.stroke();
      context.setLineDash([]);
      places.forEach((place, i) => {
        const [left, top] = this.toScreen(place, frame), isNamed = is_new[i] || i === 0 || i === places.length - 1;
        context.fillStyle = colour;
        context.beginPath();
        context.arc(left, top, isNamed ? 5 : 2.5, 0, 2 * Math.PI);
        context.fill();
        if (isNamed) labels.push([words[i], left, top]);
      });
    }
    return labels;
  }

  /** A text that stands out from dots and lines. */
  write(context, text, left, top, isStrong = false) {
    const font = context.font;
    text = text.normalize("NFC");
    if (isStrong) context.font = `600 ${font}`;
    context.strokeStyle = this.ink.ground;
    context.fillStyle = this.ink.text;
    context.lineWidth = 4;
    context.strokeText(text, left, top);
    context.fillText(text, left, top);
    if (isStrong) context.font = font;
  }

  /** Write the labels above or below their places, then of the names those that have room. */
  drawNames(context, seen, labels) {
    const { clientWidth: width, clientHeight: height } = this.canvas, strong = [];
    const columns = Math.ceil(width / CELL), taken = new Uint8Array(columns * Math.ceil(height / CELL));
    const isFree = (left, top, half) => {
      const [first, last] = [Math.max(0, Math.floor((left - half) / CELL)), Math.min(columns - 1, Math.floor((left + half) / CELL))];
      const [high, low] = [Math.max(0, Math.floor((top - this.text) / CELL)), Math.min(Math.ceil(height / CELL) - 1, Math.floor(top / CELL))];
      for (let y = high; y <= low; y++) for (let x = first; x <= last; x++) if (taken[y * columns + x]) return false;
      for (let y = high; y <= low; y++) taken.fill(1, y * columns + first, y * columns + last + 1);
      return true;
    };
    const zooms = this.find(".zooms"), right = zooms.offsetLeft + zooms.offsetWidth / 2;
    for (let top = zooms.offsetTop; top < zooms.offsetTop + zooms.offsetHeight + this.text; top += CELL) isFree(right, top, zooms.offsetWidth / 2);
    labels.forEach(([, left, top]) => isFree(left, top + this.text / 2, CELL)); // no name covers a ring or a point of a path
    for (const [word, left, top] of labels) {
      if (strong.some(([other, x, y]) => other === word && Math.hypot(x - left, y - top) < NEARBY)) continue;
      const half = context.measureText(word).width * 0.55 + MARGIN;
      const at = SHIFTS.map((shift) => top + shift).find((at) => isFree(left, at, half));
      if (at !== undefined) strong.push([word, left, at]);
    }
    let named = 0;
    for (const [verb, left, top] of seen) {
      if (named === MOST) break;
      this.halves[verb] ||= context.measureText(this.names[verb]).width / 2 + MARGIN;
      const half = this.halves[verb];
      if (left < half || left + half > width || top < this.text + 6 || !isFree(left, top - 5, half)) continue;
      this.write(context, this.names[verb], left, top - 6);
      named++;
    }
    for (const [word, left, at] of strong) this.write(context, word, left, at, true);
  }
}
