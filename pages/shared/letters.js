// Letters to click: what else each might have been, and the choice of one, after which the server respells the rest.
// A message is { name, begins, whole }: the form of this name begins with these letters, and ends there if `whole`;
// without a name, the model's own letters come back. See letters.py, which escapes all text in the HTML.

/** Make a button of each letter; the tab key comes to the first of a word, arrows to the others. */
function dress(letter) {
  letter.choices = JSON.parse(letter.dataset.choices);
  const shares = letter.choices.map(([, name, share]) => `${name} ${percent(share)}`).join(", ");
  const attributes = { role: "button", "aria-haspopup": "menu", "aria-label": `letter ${Number(letter.dataset.at) + 1}: ${shares}`, title: shares };
  for (const [name, value] of Object.entries(attributes)) letter.setAttribute(name, value);
  letter.tabIndex = letter.previousElementSibling ? -1 : 0;
}

const close = (root) => root.querySelector(".choices")?.remove();

/** Show under a letter what else it might have been; the one that is written is checked. */
function open(root, letter) {
  close(root);
  const word = letter.parentElement, signs = [...word.dataset.text], at = Number(letter.dataset.at);
  const before = signs.slice(0, at).join(""), written = signs[at] ?? "";
  const title = before ? `After “${before.normalize("NFC")}”` : "First letter";
  const items = letter.choices.map(([choice, name, share]) => {
    const item = build("button", { type: "button", role: "menuitemradio", "aria-checked": String(choice === written), tabindex: "-1" },
      build("b", { class: /\w{2}/.test(name) ? "quiet" : "", dir: "auto" }, name), build("span", { class: "bar" }, build("span", {})), build("span", { class: "number" }, percent(share)));
    item.querySelector(".bar span").style.width = `${100 * share}%`;
    item.onclick = () => root.choose({ name: word.dataset.name, begins: before + choice, whole: choice === "" });
    return item;
  });
  const menu = build("div", { class: "choices", role: "menu", "aria-label": title }, build("p", { "aria-hidden": "true" }, title), ...items);
  root.append(menu);
  const [box, frame] = [letter.getBoundingClientRect(), root.getBoundingClientRect()];
  menu.style.top = `${box.bottom - frame.top + 5}px`;
  menu.style.left = `${Math.max(0, Math.min(box.left - frame.left - 12, frame.width - menu.offsetWidth))}px`;
  menu.style.setProperty("--tense", getComputedStyle(letter).getPropertyValue("--tense"));
  menu.letter = letter;
}

function go(letter) {
  if (!letter?.matches(".letter")) return;
  for (const other of letter.parentElement.querySelectorAll(".letter")) other.tabIndex = other === letter ? 0 : -1;
  letter.focus();
}

function listen(root) {
  root.onclick = ({ target }) => {
    const branch = target.closest("[data-begins]");
    if (branch) root.choose({ name: branch.dataset.name, begins: branch.dataset.begins, whole: Boolean(branch.dataset.whole) });
    else if (target.closest(".undo")) root.choose({});
    else go(target.closest(".letter"));
  };
  root.addEventListener("focusin", ({ target }) => {
    if (target.matches(".letter")) open(root, target);
    else if (!target.closest(".choices")) close(root);
  });
  let width;  // a menu was placed for the width of its time
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width !== width) close(root);
    width = contentRect.width;
  }).observe(root);
  root.addEventListener("focusout", ({ relatedTarget }) => { if (!root.contains(relatedTarget)) close(root); });
  root.onkeydown = (event) => {
    const letter = event.target.closest(".letter"), item = event.target.closest(".choices button");
    const { letter: from } = root.querySelector(".choices") ?? {};
    const isBack = letter && getComputedStyle(letter).direction === "rtl";
    const sides = { ArrowLeft: isBack ? "nextElementSibling" : "previousElementSibling", ArrowRight: isBack ? "previousElementSibling" : "nextElementSibling" };
    const items = [...root.querySelectorAll(".choices button")], place = items.indexOf(item);
    if (letter && sides[event.key]) go(letter[sides[event.key]]);
    else if (letter && ["Enter", " ", "ArrowDown"].includes(event.key)) {
      if (!items.length) open(root, letter);
      root.querySelector(".choices button").focus();
    } else if (item && event.key === "ArrowDown") items[(place + 1) % items.length].focus();
    else if (item && event.key === "ArrowUp") (items[place - 1] ?? from).focus();
    else if (event.key === "Escape" && from) {
      from.focus();
      close(root);
    } else return;
    event.preventDefault();
  };
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".letters");
  if (!root.choose) listen(root);
  root.choose = (message) => {
    root.chosen = message.name ?? root.querySelector(".letter.forced")?.parentElement.dataset.name;
    setTriggerValue("chosen", message);
  };
  if (root.shown === data.html) return;
  const hadFocus = root.contains(root.getRootNode().activeElement);
  root.innerHTML = root.shown = data.html;
  root.querySelectorAll(".letter[data-choices]").forEach(dress);
  if (hadFocus && root.chosen) {
    const word = [...root.querySelectorAll(".word")].find(({ dataset }) => dataset.name === root.chosen);
    go(word?.querySelector(".forced") ?? word?.querySelector(".letter"));
    close(root);
  }
}
