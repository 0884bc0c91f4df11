// The picture of a model at work on one word: what the encoder reads, the point z, what the decoder writes.
// Everything is computed here, by model.js; the server is only told the word.

const SHOWN = 10, SPREAD = 3.5, STEP = 0.1;
const CANDIDATES = 3, ALWAYS = 2, LEAST = 0.005;
const PACE = 450;
const ROOMY = 11;
const COLOURS = ["--accent", "--quiet"];
const STILL = "(prefers-reduced-motion: reduce)";

const LAYOUT = `
  <form class="ask" autocomplete="off">
    <label>Verb <input class="verb" spellcheck="false" autocapitalize="none" maxlength="64"></label>
    <label>read as <select class="source"></select></label>
    <button type="button" class="play">▶ Play</button>
    <span class="problem" role="status"></span>
  </form>
  <div class="parts">
    <section class="encoder" aria-label="Encoder">
      <h3><b>1</b> The encoder reads</h3>
      <p class="caption"></p>
      <div class="reading"></div>
      <details><summary>Formula and code</summary><p class="formula"></p><pre></pre></details>
    </section>
    <section class="latent" aria-label="Latent point z">
      <h3><b>2</b> The point z</h3>
      <p class="caption"></p>
      <div class="buttons">
        <button type="button" class="mean">z = μ</button>
        <button type="button" class="again">Draw ε</button>
        <button type="button" class="prior">Draw from N(0, I)</button>
      </div>
      <div class="dimensions"></div>
      <button type="button" class="more"></button>
      <details><summary>Formula and code</summary><p class="formula"></p><pre></pre></details>
    </section>
    <section class="decoder" aria-label="Decoder">
      <h3><b>3</b> The decoder writes</h3>
      <div class="forms" role="radiogroup" aria-label="Tense that the decoder is given"></div>
      <label class="forcing"><input type="checkbox"> Teacher forcing: the decoder reads the true letters</label>
      <div class="steps"></div>
      <p class="told" role="status"></p>
      <details><summary>Formula and code</summary><p class="formula"></p><pre></pre></details>
    </section>
  </div>`;

/** A custom property of the style as the colour that it is in the present theme. */
function colourOf(element, name) {
  const probe = build("span", { style: `color: var(${name}); display: none` });
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

const clamp = (value) => Math.max(-SPREAD, Math.min(SPREAD, value));

/** Where a value of z lies on its track. */
const position = (value) => `${50 * (1 + clamp(value) / SPREAD)}%`;
const signed = (value) => value.toFixed(2).replace("-", "−");

/** The letters of Hangul, by the sign at which they begin as parts of a syllable: first, middle and last ones. */
const JAMO = [
  [0x1100, "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"],
  [0x1161, "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"],
  [0x11a8, "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"],
];

/** A letter as it is shown by itself: a mark on a dotted circle, a space and joiners by a sign, Hangul as in `JAMO`. */
const isolated = (letter) =>
  ({ " ": "␣", "\u200c": "ZWNJ", "\u200d": "ZWJ" })[letter] ??
  JAMO.map(([first, letters]) => letters[letter.codePointAt(0) - first]).find(Boolean) ??
  (/^\p{M}$/u.test(letter) ? "◌" : "") + letter;

class Picture {
  /** titles: of the tenses; code: an excerpt for each part; tell(word, source, tense): what is shown has changed. */
  constructor(root, model, { titles, code, tell }) {
    Object.assign(this, { root, model, titles, tell });
    root.innerHTML = LAYOUT;
    this.find = (selector) => root.querySelector(selector);
    this.source = this.tense = null;
    this.wide = this.forcing = false;
    this.forced = [];
    this.look(code);
    this.listen();
  }

  look(code) {
    const cell = this.model.cell.toUpperCase(), state = cell === "GRU" ? "hₜ" : "hₜ, cₜ";
    const beside = this.model.conditioned, before = state.replaceAll("ₜ", "ₜ₋₁");
    const step = `${state} = ${cell}(${beside ? "[E xₜ₋₁, z, c]" : "E xₜ₋₁"}, ${before})`;
    const read = this.model.mapping ? "[z, MLP(z)]" : "z";
    const output = this.model.film ? `W ((V hₜ + a) ⊙ (1 + U ${read} + d)) + b` : "W hₜ + b";
    const texts = {
      encoder: [
        "Each row is the hidden state after that letter. Colour: positive. Grey: negative.",
        `${state} = ${cell}(${beside ? "[E xₜ, c]" : "E xₜ"}, ${before});  μ, log σ² = W [${state.replaceAll("ₜ", "_T")}] + b`,
      ],
      latent: ["", "z = μ + σ ε,  ε ~ N(0, I);  KL = ½ Σ (μ² + σ² − 1 − log σ²)"],
      decoder: ["", `${state.replaceAll("ₜ", "₀")} = [W ${read}, c];  ${step};  p(xₜ | x₁ … xₜ₋₁, z, c) = softmax(${output})`],
    };
    for (const [part, [caption, formula]] of Object.entries(texts)) {
      if (caption) this.find(`.${part} .caption`).textContent = caption;
      this.find(`.${part} .formula`).textContent = formula;
      this.find(`.${part} pre`).textContent = code[part];
    }
    this.find(".source").append(
      build("option", { value: "" }, "its likeliest tense"),
      ...this.titles.map((title, i) => build("option", { value: String(i) }, title)),
    );
    this.find(".forms").append(...this.titles.map((title, i) => {
      const button = build("button", { type: "button", role: "radio", class: "form", "data-tense": String(i) });
      button.style.setProperty("--tense", `var(--tense-${i})`);
      button.append(build("i"), build("span", { class: "title" }, title), build("span", { class: "word", dir: "auto" }));
      return button;
    }));
    if (this.model.zSize <= SHOWN) this.find(".more").hidden = true;
  }

  listen() {
    this.find(".ask").onsubmit = (event) => event.preventDefault();
    this.find(".verb").oninput = () => this.read();
    this.find(".source").onchange = ({ target }) => {
      this.source = target.value === "" ? null : Number(target.value);
      this.read();
    };
    this.find(".play").onclick = () => this.play();
    this.find(".mean").onclick = () => this.move([...this.mean]);
    this.find(".again").onclick = () => this.move(this.mean.map((mean, i) => mean + this.sigma[i] * drawNormal()));
    this.find(".prior").onclick = () => this.move(this.mean.map(drawNormal));
    this.find(".more").onclick = () => {
      this.wide = !this.wide;
      this.drawLatent();
    };
    this.find(".forms").onclick = ({ target }) => {
      const button = target.closest(".form");
      if (button) this.choose(Number(button.dataset.tense));
    };
    this.find(".forms").onkeydown = (event) => {
      const way = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (!way) return;
      event.preventDefault();
      this.choose((this.tense + way + this.titles.length) % this.titles.length);
      this.find(`.form[data-tense="${this.tense}"]`).focus();
    };
    this.find(".forcing input").onchange = ({ target }) => {
      this.forcing = target.checked;
      this.forced = [];
      this.write();
    };
    this.find(".steps").onclick = ({ target }) => {
      const chip = target.closest("[data-step]");
      if (chip) this.respell(Number(chip.dataset.step), Number(chip.dataset.id));
    };
  }

  /** Show a word: `source` and `tense` are numbers or null, for what the model finds, and for the first other tense. */
  show(word, source, tense) {
    this.source = source;
    this.find(".source").value = source === null ? "" : String(source);
    this.tense = tense;
    this.find(".verb").value = word;
    this.read();
  }

  /** Encode what is typed. */
  read() {
    this.stop();
    const { problem, word, ids } = this.model.check(this.find(".verb").value);
    this.find(".problem").textContent = problem ?? "";
    this.find(".parts").classList.toggle("stale", Boolean(problem));
    this.find(".play").disabled = Boolean(problem);
    this.find(".parts").inert = Boolean(problem);  // what is shown is of another word, or of none
    if (problem) return;
    Object.assign(this, { word, ids });
    const shares = this.source === null ? this.model.tenseShares(ids) : null;
    this.readAs = shares ? shares.indexOf(Math.max(...shares)) : this.source;
    const options = this.find(".source").options;
    options[0].textContent = shares ? `${this.titles[this.readAs]} (found)` : "its likeliest tense";
    if (this.tense === null) this.tense = this.readAs === 0 ? this.titles.length - 1 : 0;
    const { mean, logvar, trails } = this.model.encode(ids, this.readAs);
    this.mean = mean;
    this.sigma = logvar.map((value) => Math.exp(value / 2));
    this.kl = mean.map((value, i) => klDivergence(value, logvar[i]));
    this.order = this.kl.map((_, i) => i).sort((a, b) => this.kl[b] - this.kl[a]);
    this.z = [...mean];
    this.forced = [];
    this.drawEncoder(trails);
    this.drawLatent();
    this.write();
    this.tell(word, this.source, this.tense);
  }

  drawEncoder(trails) {
    const rows = this.ids.map((id, place) => {
      const strips = trails.map((trail, direction) => this.strip(trail[place], direction ? "←" : "→", id));
      return build("div", { class: "row" }, this.cell(id), ...strips);
    });
    const reading = this.find(".reading");
    reading.setAttribute("role", "img");
    reading.setAttribute("aria-label", `${this.word} is read letter by letter; the state has ${trails[0][0].length} numbers${trails.length > 1 ? " in each of two directions" : ""}.`);
    reading.replaceChildren(...rows);
  }

  /** A hidden state as a strip of little bars, one a unit; pointing at one tells its number. */
  strip(state, arrow, id) {
    const canvas = build("canvas", { width: state.length, height: 1 });
    const context = canvas.getContext("2d"), image = context.createImageData(state.length, 1);
    const [positive, negative] = COLOURS.map((name) => colourOf(this.root, name).match(/[\d.]+/g).slice(0, 3).map(Number));
    state.forEach((value, unit) => image.data.set([...(value > 0 ? positive : negative), 255 * Math.abs(value)], 4 * unit));
    context.putImageData(image, 0, 0);
    canvas.onpointermove = ({ offsetX }) => {
      const unit = Math.min(state.length - 1, Math.floor((offsetX / canvas.clientWidth) * state.length));
      canvas.title = `${arrow} unit ${unit + 1} after ${this.model.letter(id)}: ${signed(state[unit])}`;
    };
    return canvas;
  }

  cell(id) {
    const special = id < SPECIALS;
    return build("span", { class: special ? "letter special" : "letter" }, isolated(this.model.letter(id)));
  }

  drawLatent() {
    const total = this.kl.reduce((sum, value) => sum + value, 0);
    const busy = this.kl.filter((value) => value > 0.05).length;
    this.find(".latent .caption").textContent =
      `KL of this word: ${total.toFixed(1)} nats. ${busy} of ${this.mean.length} dimensions carry more than 0.05.`;
    const shown = this.wide ? this.order : this.order.slice(0, SHOWN);
    this.find(".more").textContent = this.wide ? "Show only those with the largest KL" : `Show all ${this.mean.length}`;
    this.find(".dimensions").replaceChildren(
      build("div", { class: "head", "aria-hidden": "true" }, build("span", {}, "z"), build("span", {}, "N(0, 1) and μ ± σ: drag the dot"), build("span", {}, "KL")),
      ...shown.map((dimension) => this.slider(dimension)),
    );
    this.place();
  }

  /** One dimension of z: the prior behind, the posterior, and the dot that can be dragged or moved by the arrow keys. */
  slider(dimension) {
    const track = build("div", {
      class: "track", role: "slider", tabindex: "0", "aria-label": `Dimension ${dimension} of z`,
      "aria-valuemin": String(-SPREAD), "aria-valuemax": String(SPREAD), "data-dimension": String(dimension),
    });
    const [mean, sigma] = [this.mean[dimension], this.sigma[dimension]];
    track.append(build("span", { class: "bell" }), build("span", { class: "bar" }), build("span", { class: "dot" }));
    track.children[1].style.left = position(mean - sigma);
    track.children[1].style.right = `calc(100% - ${position(mean + sigma)})`;
    track.title = `μ ${signed(mean)}, σ ${sigma.toFixed(2)}`;
    const set = (value) => {
      this.z[dimension] = clamp(value);
      this.move(this.z);
    };
    const follow = ({ clientX }) => {
      const { left, width } = track.getBoundingClientRect();
      set(((clientX - left) / width - 0.5) * 2 * SPREAD);
    };
    track.onpointerdown = (event) => {
      track.setPointerCapture(event.pointerId);
      track.focus();
      follow(event);
      track.onpointermove = follow;
    };
    track.onpointerup = track.onpointercancel = () => { track.onpointermove = null; };
    track.onkeydown = (event) => {
      const way = { ArrowRight: STEP, ArrowUp: STEP, ArrowLeft: -STEP, ArrowDown: -STEP, PageUp: 1, PageDown: -1 }[event.key];
      if (!way && event.key !== "Home") return;
      event.preventDefault();
      set(way ? this.z[dimension] + way : mean);
    };
    track.ondblclick = () => set(mean);
    return build("div", { class: "dimension" }, build("span", {}, String(dimension)), track, build("span", { class: "kl" }, this.kl[dimension].toFixed(2)));
  }

  /** Go to a point z; the letters follow in the next frame. */
  move(z) {
    this.stop();
    this.z = z;
    this.forced = [];
    this.place();
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined;
      this.write();
    });
  }

  place() {
    for (const track of this.root.querySelectorAll(".track")) {
      const dimension = Number(track.dataset.dimension), value = this.z[dimension];
      track.lastChild.style.left = position(value);
      track.setAttribute("aria-valuenow", value.toFixed(2));
      const epsilon = (value - this.mean[dimension]) / this.sigma[dimension];
      track.setAttribute("aria-valuetext", `${signed(value)}, ${signed(epsilon)} standard deviations from the mean`);
      track.lastChild.title = `z = ${signed(this.mean[dimension])} + ${this.sigma[dimension].toFixed(2)} · ${signed(epsilon)} = ${signed(value)}`;
    }
  }

  choose(tense) {
    this.stop();
    this.tense = tense;
    this.forced = [];
    this.write();
    this.tell(this.word, this.source, this.tense);
  }

  /** Decode z in every tense, and show how the chosen one is written. */
  write() {
    const own = this.tense === this.readAs;
    const forcing = this.find(".forcing input");
    forcing.disabled = !own;
    forcing.parentElement.title = own ? "" : "The true letters are known in the tense of the typed word alone.";
    const told = own && this.forcing ? this.ids : null;
    forcing.checked = told !== null;
    const chosen = this.model.decode(this.z, this.tense, { forced: this.forced, told });
    for (const button of this.root.querySelectorAll(".form")) {
      const tense = Number(button.dataset.tense), isChosen = tense === this.tense;
      const { text, confidence } = isChosen ? chosen : this.model.decode(this.z, tense);
      button.setAttribute("aria-checked", String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
      const word = button.querySelector(".word");
      word.textContent = text.normalize("NFC");
      word.classList.toggle("long", text.length > ROOMY);
      button.title = isChosen && told ? "the likeliest letter after each of the true ones"
        : `${percent(confidence)}: the probability of exactly these letters at this z`;
    }
    this.drawSteps(chosen.steps, told);
  }

  drawSteps(steps, told) {
    this.find(".steps").style.setProperty("--tense", `var(--tense-${this.tense})`);
    this.find(".steps").replaceChildren(...steps.map(({ read, written, probabilities }, step) => {
      const best = [...probabilities.keys()].filter((id) => id === EOS || id >= SPECIALS)
        .sort((a, b) => probabilities[b] - probabilities[a]);
      const shown = best.slice(0, CANDIDATES).filter((id, place) => place < ALWAYS || probabilities[id] >= LEAST);
      if (!shown.includes(written)) shown.push(written);
      const chips = shown.map((id) => {
        const name = id < SPECIALS ? "end of the word" : this.model.letter(id);
        const chip = build("button", {
          type: "button", class: id === written ? "chip written" : "chip", "data-step": String(step), "data-id": String(id),
          "aria-label": `Step ${step + 1}: ${name}, ${percent(probabilities[id])}`, title: `${name}: ${percent(probabilities[id])}`,
          "aria-pressed": String(id === written),
        }, this.cell(id), build("span", { class: "share" }, percent(probabilities[id])));
        chip.style.setProperty("--share", String(probabilities[id]));
        if (told) chip.disabled = true;
        return chip;
      });
      return build("div", { class: step < this.forced.length ? "step forced" : "step" },
        build("span", { class: "fed", title: told && step ? "the true letter" : "the letter before" }, this.cell(read), "→"), build("div", { class: "chips" }, ...chips));
    }));
    const note = this.find(".told");
    note.replaceChildren();
    if (!this.forced.length) return;
    const back = build("button", { type: "button" }, "Back to its own letters");
    back.onclick = () => this.respell(0, null);
    note.append(`With “${this.model.letter(this.forced.at(-1)).replace("EOS", "end of the word")}” at step ${this.forced.length}, the rest respells itself. `, back);
  }

  /** Force a letter at a step, after those that are there now; null takes all forced letters back. */
  respell(step, id) {
    this.stop();
    const { ids } = this.model.decode(this.z, this.tense, { forced: this.forced });
    this.forced = id === null ? [] : [...ids.slice(0, step), id];
    this.write();
    const chip = this.root.querySelector(`[data-step="${step}"].written`);
    chip?.focus();
  }

  /** Reveal part after part at a walking pace, or at once for visitors who want no motion. */
  play() {
    this.stop();
    if (matchMedia(STILL).matches) return;
    const parts = [".encoder .row", ".latent .dimension", ".decoder .step"].flatMap((selector) => [...this.root.querySelectorAll(selector)]);
    parts.forEach((part) => part.classList.add("unborn"));
    let next = 0;
    this.timer = setInterval(() => {
      parts[next++]?.classList.remove("unborn");
      if (next >= parts.length) this.stop();
    }, Math.min(PACE, 9000 / parts.length));
    this.find(".play").textContent = "■ Stop";
    this.find(".play").onclick = () => this.stop();
  }

  stop() {
    clearInterval(this.timer);
    this.root.querySelectorAll(".unborn").forEach((part) => part.classList.remove("unborn"));
    this.find(".play").textContent = "▶ Play";
    this.find(".play").onclick = () => this.play();
  }
}
