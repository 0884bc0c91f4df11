// The map of the first page. A click takes the nearest verb, and so do Enter and the space bar on one of the names.
export default function ({ data, parentElement, setTriggerValue }) {
  const map = parentElement.querySelector(".map");
  if (map.drawn !== data.svg) {
    const hadFocus = map.contains(parentElement.activeElement);
    map.innerHTML = map.drawn = data.svg;
    if (hadFocus) map.querySelector("[data-verb]")?.focus();
  }
  parentElement.querySelector("figcaption").textContent = data.caption;

  const svg = map.firstElementChild;
  const pointed = svg.querySelector(".pointed");
  const take = (number) => setTriggerValue("verb", data.verbs[number]);
  const nearest = ({ clientX, clientY }) => {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
    const far = data.spots.map(([a, b]) => Math.hypot(a - x, b - y));
    return far.indexOf(Math.min(...far));
  };
  svg.onclick = (event) => take(event.target.closest("[data-verb]")?.dataset.verb ?? nearest(event));
  svg.onkeydown = (event) => {
    if (!["Enter", " "].includes(event.key) || !event.target.dataset.verb) return;
    event.preventDefault();
    take(event.target.dataset.verb);
  };
  svg.onpointermove = (event) => {
    const number = event.target.closest("[data-verb]")?.dataset.verb ?? nearest(event);
    const [x, y] = data.spots[number];
    pointed.setAttribute("transform", `translate(${x} ${y})`);
    const name = pointed.querySelector("text");
    name.textContent = data.verbs[number];
    pointed.style.visibility = "visible";
  };
  svg.onpointerleave = () => { pointed.style.visibility = "hidden"; };
}
