// The network of cvae/model in plain JavaScript: a checkpoint's .safetensors file in, encoder and decoder out.
// Sums are taken in double precision, so that its letters are those of the library, see
// tests/browser/test_picture_in_chromium.py.

const SOS = 1, EOS = 2, SPECIALS = 4;
const MAX_LETTERS = 32;
const ENGLISH = { alphabet: "abcdefghijklmnopqrstuvwxyz", tenses: ["sp tp pg p", "sp tp pg p pp"] };
const ALIKE = ["'’ʼ", "-‐‑"];
const INVISIBLE = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** y += W x, of W (rows, width) the columns from `skip` on: always of the same types, for which it is compiled. */
function addProduct(y, W, width, numbers, skip = 0) {
  const x = numbers instanceof Float64Array ? numbers : new Float64Array(numbers), columns = x.length;
  for (let row = 0; row < y.length; row++) {
    let at = row * width + skip, column = 0, a = 0, b = 0, c = 0, d = 0; // four sums do not wait for each other
    for (; column + 3 < columns; column += 4, at += 4) {
      a += W[at] * x[column];
      b += W[at + 1] * x[column + 1];
      c += W[at + 2] * x[column + 2];
      d += W[at + 3] * x[column + 3];
    }
    for (; column < columns; column++) a += W[at++] * x[column];
    y[row] += a + b + c + d;
  }
  return y;
}

const linear = (layer, x) => addProduct(new Float64Array(layer.bias), layer.weight, x.length, x);

/** An LSTM or a GRU with the parameters of nn.LSTM or nn.GRU; `condition` is read beside every letter. */
class Recurrent {
  constructor(weights, name, embedding, cell) {
    Object.assign(this, { embedding, cell });
    for (const part of ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]) this[part] = weights[`${name}.rnn.${part}_l0`];
    this.hidden = this.weight_hh.shape[1];
    this.width = this.weight_ih.shape[1];
    this.size = embedding.shape[1];
    this.table = new Map();
  }

  /** What a letter and the condition add to the gates. */
  inputGates(letter, condition) {
    if (!this.table.has(letter)) {
      const vector = this.embedding.data.subarray(letter * this.size, (letter + 1) * this.size);
      this.table.set(letter, addProduct(new Float64Array(this.bias_ih.data), this.weight_ih.data, this.width, vector));
    }
    const gates = new Float64Array(this.table.get(letter));
    if (condition) for (let i = 0; i < gates.length; i++) gates[i] += condition[i];
    return gates;
  }

  conditionGates(condition) {
    return addProduct(new Float64Array(this.bias_ih.data.length), this.weight_ih.data, this.width, condition, this.size);
  }

  step(states, letter, condition) {
    const H = this.hidden, [h] = states;
    const gates = this.inputGates(letter, condition);
    const recurrent = addProduct(new Float64Array(this.bias_hh.data), this.weight_hh.data, H, h);
    const next = new Float64Array(H);
    if (this.cell === "gru") {
      for (let i = 0; i < H; i++) {
        const reset = sigmoid(gates[i] + recurrent[i]), update = sigmoid(gates[H + i] + recurrent[H + i]);
        const candidate = Math.tanh(gates[2 * H + i] + reset * recurrent[2 * H + i]);
        next[i] = (1 - update) * candidate + update * h[i];
      }
      return [next];
    }
    const cell = new Float64Array(H);
    for (let i = 0; i < H; i++) {
      const input = gates[i] + recurrent[i], forget = gates[H + i] + recurrent[H + i];
      const candidate = gates[2 * H + i] + recurrent[2 * H + i], output = gates[3 * H + i] + recurrent[3 * H + i];
      cell[i] = sigmoid(forget) * states[1][i] + sigmoid(input) * Math.tanh(candidate);
      next[i] = sigmoid(output) * Math.tanh(cell[i]);
    }
    return [next, cell];
  }
}

/** Encoder and decoder of one checkpoint. Tenses are numbers; null is the unknown tense of q(z | x). */
class Model {
  constructor(header, weights) {
    this.alphabet = [...header.alphabet];
    this.tenses = header.tenses;
    const { cell, condition_every_step: every, bidirectional, film, mapping } = { bidirectional: false, ...header.model };
    this.cell = cell;
    this.conditioned = Boolean(every);
    this.stateCount = cell === "lstm" ? 2 : 1;
    const layer = (name) => ({ weight: weights[`${name}.weight`].data, bias: weights[`${name}.bias`].data });
    const layers = (name) => Array.from({ length: this.stateCount }, (_, i) => layer(`${name}.${i}`));
    const directions = bidirectional ? [0, 1] : [0];
    const embedding = weights["encoder.embedding.weight"];
    this.readers = directions.map((i) => new Recurrent(weights, `encoder.recurrent.${i}`, embedding, cell));
    [this.meanLayers, this.logvarLayers] = [layers("encoder.mean"), layers("encoder.logvar")];
    this.writer = new Recurrent(weights, "decoder.recurrent", weights["decoder.embedding.weight"], cell);
    [this.stateLayers, this.output] = [layers("decoder.state"), layer("decoder.output")];
    this.mapping = mapping ? [layer("decoder.mapping.0"), layer("decoder.mapping.2")] : null;
    [this.film, this.filmScale] = film ? [layer("decoder.film"), layer("decoder.film_scale")] : [];
    this.zSize = this.meanLayers.reduce((sum, { bias }) => sum + bias.length, 0);
    this.ids = new Map(this.alphabet.map((letter, i) => [letter, SPECIALS + i]));
    this.english = header.alphabet === ENGLISH.alphabet && ENGLISH.tenses.includes(this.tenses.join(" "));
  }

  oneHot(tense) {
    return Float64Array.from(this.tenses, (_, i) => Number(i === tense));
  }

  /** The word as this alphabet spells it, or the sentence that says why it can't be read; "to walk" is walk in English. */
  check(text) {
    if (this.english) text = text.replace(/^\s*to\s+(?=\S+\s*$)/i, "");
    const capitals = this.alphabet.join("") !== this.alphabet.join("").toLowerCase();
    let word = text.normalize("NFC").replace(INVISIBLE, "").trim().split(/\s+/).join(" ");
    if (!capitals) word = word.replaceAll("İ", "i").replaceAll("I", this.ids.has("ı") ? "ı" : "i").toLowerCase();
    word = word.normalize("NFC").replace(/^[ \u200c\u200d]+|[ \u200c\u200d]+$/g, "");
    if (!this.alphabet.some((letter) => /[가-힣]/.test(letter))) {
      word = word.replace(/[가-힣]/g, (syllable) => syllable.normalize("NFD"));
    }
    const instead = (letter) =>
      [...(ALIKE.find((signs) => signs.includes(letter)) ?? letter.toLowerCase())].find((sign) => this.ids.has(sign));
    const letters = [...word].map((letter) => (this.ids.has(letter) ? letter : instead(letter) ?? letter));
    word = letters.join("");
    if (!word) return { problem: "Type a word: there is nothing to read yet." };
    if (letters.length > MAX_LETTERS) {
      return { problem: `This is too long: a word has at most ${MAX_LETTERS} letters, this has ${letters.length}.` };
    }
    const odd = letters.find((letter) => !this.ids.has(letter));
    if (odd === " ") return { problem: "Type one word: there is a space inside." };
    if (odd !== undefined) return { problem: `“${/\p{M}/u.test(odd) ? "◌" : ""}${odd}” is not in this model’s alphabet: leave it out.` };
    return { word, ids: [...letters.map((letter) => this.ids.get(letter)), EOS] };
  }

  letter(id) {
    return id >= SPECIALS ? this.alphabet[id - SPECIALS] : ["PAD", "SOS", "EOS", "UNK"][id];
  }

  text(ids) {
    return ids.filter((id) => id !== EOS).map((id) => (id >= SPECIALS ? this.letter(id) : "?")).join("");
  }

  /** mean and logvar of q(z | x, c), and each direction's hidden state after every letter, in the order of the word. */
  encode(ids, tense) {
    const condition = this.oneHot(tense);
    const trails = [], ends = Array.from({ length: this.stateCount }, () => []);
    this.readers.forEach((reader, direction) => {
      const start = new Float64Array(reader.hidden);
      start.set(condition, reader.hidden - condition.length);
      let states = Array.from({ length: this.stateCount }, () => start);
      const gates = this.conditioned ? reader.conditionGates(condition) : null;
      const trail = [];
      for (const id of direction ? [...ids].reverse() : ids) {
        states = reader.step(states, id, gates);
        trail.push(states[0]);
      }
      trails.push(direction ? trail.reverse() : trail);
      states.forEach((state, i) => ends[i].push(...state));
    });
    const heads = (layers) => layers.flatMap((layer, i) => [...linear(layer, ends[i])]);
    return { mean: heads(this.meanLayers), logvar: heads(this.logvarLayers), trails };
  }

  /** The decoder before its first letter. */
  start(z, tense) {
    const condition = this.oneHot(tense), part = z.length / this.stateCount;
    const rectified = (layer, inputs) => linear(layer, inputs).map((unit) => Math.max(unit, 0));
    const mapped = this.mapping ? this.mapping.reduce((units, layer) => rectified(layer, units), z) : [];
    const states = this.stateLayers.map((layer, i) =>
      new Float64Array([...linear(layer, [...z.slice(i * part, (i + 1) * part), ...mapped]), ...condition]));
    const gates = this.conditioned ? this.writer.conditionGates([...z, ...condition]) : null;
    return { states, gates, scale: this.film ? linear(this.filmScale, [...z, ...mapped]).map((factor) => 1 + factor) : null };
  }

  /** One step: the state after reading a letter, and the probability of each id that may follow. */
  step({ states, gates, scale }, letter) {
    const next = this.writer.step(states, letter, gates);
    const output = this.film ? linear(this.film, next[0]).map((unit, i) => unit * scale[i]) : next[0];
    const scores = linear(this.output, output);
    const most = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - most));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { state: { states: next, gates, scale }, probabilities: weights.map((weight) => weight / total) };
  }

  /**
   * The word at z in a tense, greedily. `forced` are its first ids, whatever the model thinks of them; `told` are the
   * true letters that the decoder reads instead of its own (teacher forcing).
   */
  decode(z, tense, { forced = [], told = null } = {}) {
    let state = this.start(z, tense), read = SOS;
    const steps = [];
    const limit = told ? told.length : MAX_LETTERS + 1;
    while (steps.length < limit) {
      const { state: next, probabilities } = this.step(state, read);
      const written = forced[steps.length] ?? greedy(probabilities);
      steps.push({ read, written, probabilities });
      if (written === EOS && !told) break;
      [state, read] = [next, told ? told[steps.length - 1] : written];
    }
    const ids = steps.map(({ written }) => written);
    const ended = ids.indexOf(EOS), whole = ended < 0 ? ids : ids.slice(0, ended + 1);
    const confidence = steps.reduce((product, step) => product * step.probabilities[step.written], 1);
    return { ids: whole, text: this.text(whole), steps, confidence };
  }

  /** p(tense | word) under equal priors, at the mean of q(z | x): the tense in which the decoder would write the word. */
  tenseShares(ids) {
    const { mean } = this.encode(ids, null);
    const logs = this.tenses.map((_, tense) => {
      let state = this.start(mean, tense), read = SOS, sum = 0;
      for (const id of ids) {
        const { state: next, probabilities } = this.step(state, read);
        sum += Math.log(probabilities[id]);
        [state, read] = [next, id];
      }
      return sum;
    });
    const weights = logs.map((log) => Math.exp(log - Math.max(...logs)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  }
}

/** The most probable letter or EOS; PAD, SOS and UNK are never written. */
function greedy(probabilities) {
  let best = EOS;
  for (let id = SPECIALS; id < probabilities.length; id++) if (probabilities[id] > probabilities[best]) best = id;
  return best;
}

/** KL(N(mean, exp(logvar)) || N(0, 1)) in nats: Kingma and Welling 2014, appendix B. */
const klDivergence = (mean, logvar) => 0.5 * (Math.exp(logvar) + mean * mean - 1 - logvar);

/** A draw from N(0, 1): Box and Muller 1958. */
const drawNormal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

/** The model in the bytes of a checkpoint. */
function parseModel(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const weights = {};
  const { __metadata__: metadata, ...tensors } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  for (const [name, { data_offsets: [from, to], shape }] of Object.entries(tensors)) {
    weights[name] = { data: new Float32Array(buffer.slice(8 + length + from, 8 + length + to)), shape };
  }
  return new Model(JSON.parse(metadata["tense-lab"]), weights);
}
