// The picture as a component of Streamlit: it lives as long as its model, tells the server what it shows, and follows the
// address where that changes by itself, as by the browser's Back button.
const SETTLED = 400;

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".picture");
  const asked = JSON.stringify([data.word, data.source, data.tense]);
  if (root.weights === data.weights) {
    const answered = root.told.indexOf(asked);
    root.told.splice(0, answered + 1);
    if (answered < 0 && asked !== root.asked && root.picture) {
      root.follows = true; // what is told would be a new step in front of the one that Back has reached
      root.picture.show(data.word, data.source, data.tense);
      root.follows = false;
    }
    root.asked = asked;
    return;
  }
  Object.assign(root, { weights: data.weights, asked, told: [], picture: null });
  root.textContent = "Fetching the model …";
  const tell = (word, source, tense) => {
    clearTimeout(root.telling);
    if (root.follows) return;
    const name = (tense) => (tense === null ? "auto" : data.tenses[tense]);
    root.telling = setTimeout(() => {
      const shown = JSON.stringify([word, source, tense]);
      if (shown === (root.told.at(-1) ?? root.asked)) return;
      root.told.push(shown);
      // After Back the same may be told again: with the time it is a change.
      setStateValue("shown", { word, from: name(source), to: name(tense), time: Date.now() });
    }, SETTLED);
  };
  fetch(data.weights)
    .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(answer.status)))
    .then((buffer) => {
      if (root.weights !== data.weights) return;
      root.picture = new Picture(root, parseModel(buffer), { titles: data.titles, code: data.code, tell });
      root.picture.show(...JSON.parse(root.asked));
    })
    .catch((fault) => {
      root.weights = undefined;
      root.textContent = `The model could not be fetched (${fault}): reload the page.`;
    });
}
