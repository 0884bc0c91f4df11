// The knobs of a run. A touch asks for a value; a knob that nobody has touched goes along with its schedule.
const HOLD = 2000; // ms for which a touched knob stays as it was left, until the app has heard of it

function buildKnob(name, { title, values, clicks }) {
  const part = document.createElement("fieldset");
  part.className = name;
  part.innerHTML = `<legend></legend><output></output><button class="back"></button><div class="clicks"></div><input type="range" min="0">`;
  part.querySelector("legend").textContent = title;
  const range = part.querySelector("input");
  range.max = values.length - 1;
  range.setAttribute("aria-label", title);
  part.querySelector(".clicks").append(...clicks.map((value) => Object.assign(document.createElement("button"), { value, textContent: value })));
  range.onpointerdown = () => { part.hold = Infinity; };
  range.onpointerup = range.onpointercancel = () => { part.hold = Date.now() + HOLD; }; // no change follows where it was not moved
  return part;
}

function show(part, value, at, { values, title, asked }) {
  const range = part.querySelector("input"), back = part.querySelector(".back");
  range.value = at;
  range.setAttribute("aria-valuetext", values[at]);
  part.querySelector("output").textContent = Number(value.toPrecision(2));
  back.textContent = asked === null ? "on schedule" : "↺ schedule";
  back.setAttribute("aria-label", asked === null ? `${title} is on schedule` : `Give ${title} back to its schedule`);
  for (const button of part.querySelectorAll(".clicks button")) button.setAttribute("aria-pressed", Number(button.value) === asked);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("form");
  root.onsubmit = (event) => event.preventDefault();
  for (const [name, knob] of Object.entries(data.knobs)) {
    let part = root.querySelector(`.${name}`);
    if (!part) root.append((part = buildKnob(name, knob)));
    const range = part.querySelector("input"), back = part.querySelector(".back");
    const ask = (asked) => {
      part.hold = Date.now() + HOLD;
      const at = asked === null ? knob.at : knob.values.reduce((best, value, i) => (Math.abs(value - asked) < Math.abs(knob.values[best] - asked) ? i : best), 0);
      show(part, asked ?? knob.now, at, { ...knob, asked });
      setTriggerValue("ask", { name, value: asked });
    };
    part.disabled = data.disabled;
    back.onclick = () => ask(null);
    range.oninput = () => show(part, knob.values[range.value], range.value, { ...knob, asked: knob.values[range.value] });
    range.onchange = () => ask(knob.values[range.value]);
    for (const button of part.querySelectorAll(".clicks button")) button.onclick = () => ask(Number(button.value));
    if (!(part.hold > Date.now())) show(part, knob.now, knob.at, knob);
    back.disabled = data.disabled || (knob.asked === null && !(part.hold > Date.now()));
  }
}
