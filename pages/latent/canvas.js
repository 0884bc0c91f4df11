// The map as a component of Streamlit: weights, points, names and places are fetched once, the rest comes with each run.
const kept = new Map();

/** What is at an address, fetched and read once. */
function fetched(address, read) {
  if (!kept.has(address)) {
    kept.set(address, fetch(address).then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(answer.status))).then(read));
    kept.get(address).catch(() => kept.delete(address));
  }
  return kept.get(address);
}

function update(root) {
  const { map, data } = root, { mark } = data, told = JSON.stringify(mark);
  map.paint(data);
  map.canvas.setAttribute("aria-label", `${data.label} Arrow keys move, plus and minus zoom, Enter chooses.`);
  const path = data.tracks.flatMap(({ places }) => places), framed = JSON.stringify(path);
  if (path.length && root.framed !== framed) map.fit(path);
  root.framed = framed;
  if (!mark || root.told === told) return;
  root.told = told;
  const isHere = map.settled && Math.hypot(map.settled[0] - mark.place[0], map.settled[1] - mark.place[1]) < 0.01;
  map.settle(mark.place, mark.text);
  if (mark.flies && !isHere) map.flyTo(mark.place);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".picture"), { weights, points, names, places } = data.files;
  Object.assign(root, { data, picked: (spot) => setTriggerValue("picked", spot) });
  const shown = [weights, points, places].join();
  if (root.shown === shown) {
    if (root.map) update(root);
    return;
  }
  Object.assign(root, { shown, map: null, told: null, framed: null });
  if (!root.hasChildNodes()) root.textContent = "Fetching the map …";
  const floats = (buffer) => new Float32Array(buffer), text = (buffer) => JSON.parse(new TextDecoder().decode(buffer));
  Promise.all([fetched(weights, parseModel), fetched(points, floats), fetched(names, text), fetched(places, floats)])
    .then(([model, points, names, places]) => {
      if (root.shown !== shown) return;
      const { titles, plane } = root.data, answer = (z, tense) => model.decode(z, tense).text;
      root.map = new VerbMap(root, { places, points, names, titles, plane, answer, picked: (spot) => root.picked(spot), ask: false });
      update(root);
    })
    .catch((fault) => {
      root.shown = null;
      root.textContent = `The map could not be fetched (${fault}): reload the page.`;
    });
}
