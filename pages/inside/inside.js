// The picture as a component of Streamlit: it lives as long as its model, and tells the server what it shows.
const SETTLED = 400;

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".picture");
  if (root.weights === data.weights) return;
  root.weights = data.weights;
  root.textContent = "Fetching the model …";
  const tell = (word, source, tense) => {
    clearTimeout(root.telling);
    const name = (tense) => (tense === null ? "auto" : data.tenses[tense]);
    root.telling = setTimeout(() => setStateValue("shown", { word, from: name(source), to: name(tense) }), SETTLED);
  };
  fetch(data.weights)
    .then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(answer.status)))
    .then((buffer) => {
      if (root.weights !== data.weights) return;
      const picture = new Picture(root, parseModel(buffer), { titles: data.titles, code: data.code, tell });
      picture.show(data.word, data.source, data.tense);
    })
    .catch((fault) => {
      root.weights = undefined;
      root.textContent = `The model could not be fetched (${fault}): reload the page.`;
    });
}
