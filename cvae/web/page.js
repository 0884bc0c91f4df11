// The static page: the picture, the map and the sampler of one model, without a server.

const DRAWS = 100, CHUNK = 5;

const fetched = async (name) => {
  const answer = await fetch(name);
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer;
};

function showMap(root, model, { names, titles }, buffer) {
  const floats = new Float32Array(buffer), size = 2 * names.length;
  const places = floats.subarray(0, size), points = floats.subarray(size);
  return new VerbMap(root, { places, points, names, titles, answer: (z, tense) => model.decode(z, tense).text });
}

function showSampler(root, model, paradigms) {
  const size = (verb) => verb.filter(Boolean).length;  // a verb may lack forms
  const verbs = [...paradigms].sort((one, other) => size(other) - size(one));
  const find = (forms) => verbs.find((verb) => verb.every((form, tense) => !form || form === forms[tense]));
  const button = root.querySelector("button");
  button.onclick = async () => {
    button.disabled = true;
    const rows = root.querySelector("tbody"), told = root.querySelector(".told");
    rows.replaceChildren();
    let real = 0;
    const distinct = new Set();
    for (let draw = 1; draw <= DRAWS; draw++) {
      const z = Array.from({ length: model.zSize }, drawNormal);
      const forms = model.tenses.map((_, tense) => model.decode(z, tense).text), verb = find(forms);
      if (verb) distinct.add(verb);
      real += Boolean(verb);
      rows.prepend(build("tr", {}, build("td", {}, verb ? "✓" : ""), ...forms.map((form) => build("td", {}, form))));
      told.textContent = `${real} of ${draw} draws are a verb of the training data in all ${forms.length} tenses; ${distinct.size} different.`;
      if (draw % CHUNK === 0) await new Promise((resume) => setTimeout(resume));
    }
    button.disabled = false;
  };
}

async function main() {
  const note = document.querySelector("#note");
  try {
    const [buffer, about] = await Promise.all([
      fetched("model.safetensors").then((answer) => answer.arrayBuffer()), fetched("about.json").then((answer) => answer.json()),
    ]);
    const model = parseModel(buffer);
    const asked = new URLSearchParams(location.search);
    const tense = (name) => { const found = model.tenses.indexOf(asked.get(name)); return found < 0 ? null : found; };
    const tell = (word, source, target) => {
      const query = new URLSearchParams({ word, from: source === null ? "auto" : model.tenses[source], to: model.tenses[target] });
      history.replaceState(null, "", `?${query}${location.hash}`);
    };
    const picture = new Picture(document.querySelector(".picture"), model, { titles: about.titles, code: about.code, tell });
    picture.show(asked.get("word") ?? about.word, tense("from"), tense("to"));
    if (about.names.length) {
      const points = await (await fetched("map.bin")).arrayBuffer();
      showMap(document.querySelector("#map"), model, about, points);
      showSampler(document.querySelector("#sampler"), model, about.paradigms);
      document.querySelectorAll(".later").forEach((part) => { part.hidden = false; });
    }
    note.textContent = "";
  } catch (fault) {
    note.textContent = `The page could not be started (${fault.message}): serve its folder, for example with python -m http.server.`;
  }
}

main();
