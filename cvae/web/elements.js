// What the scripts of all pages share: elements of the page, and probabilities as they are written.

function build(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** A probability in per cent, as `percent` in cvae/inference/decoding.py writes it. */
const percent = (share) => {
  const text = `${(100 * share).toFixed(1)}%`;
  return { "0.0%": "< 0.1%", "100.0%": "> 99.9%" }[text] ?? text;
};
