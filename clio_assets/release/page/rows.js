// What the tables of the page have in common: long lists in portions, intervals one can see.

const PORTION = 100;

// Appends rows a portion at a time, the next one as its button comes into view or is pressed.
function inPortions(body, items, render) {
  let shown = 0;
  const more = el("button", { type: "button", class: "quiet more" });
  const next = () => {
    body.append(...items.slice(shown, shown + PORTION).map(render));
    shown = Math.min(items.length, shown + PORTION);
    more.textContent = `${plural(items.length - shown, "more row")}`;
    more.hidden = shown === items.length;
  };
  more.addEventListener("click", next);
  next();
  new IntersectionObserver((seen) => {
    if (seen.some(({ isIntersecting }) => isIntersecting) && !more.hidden) next();
  }).observe(more);
  return more;
}

// A ratio with its interval on a scale of powers, "no difference" in the middle.
function whisker(ratio, most, found, width = 96) {
  const height = 16;
  const at = (value) => {
    const part = Math.log(value) / Math.log(most);
    return width / 2 + Math.max(-1, Math.min(1, part)) * (width / 2 - 5);
  };
  const sense = found ? (ratio.times > 1 ? "over" : "under") : "usual";
  return svg("svg", { class: `whisker ${sense}`, viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
    svg("line", { class: "even", x1: width / 2, x2: width / 2, y1: 0, y2: height }),
    svg("line", { x1: at(ratio.low), x2: at(ratio.high), y1: height / 2, y2: height / 2 }),
    svg("circle", { cx: at(ratio.times), cy: height / 2, r: 3.5 }));
}

// The widest ratio that the whiskers of one list need, within reason.
function reachOf(ratios) {
  const far = ratios.map(({ low, high, times }) => Math.max(Math.min(high, times * times), 1 / Math.max(low, 0.01)));
  return Math.min(20, Math.max(2, ...far));
}

// The button by which every list chooses a topic.
function link(topic) {
  const attributes = { type: "button", class: "link", title: topic.name, "data-choice": topic.id };
  return el("button", { ...attributes, onclick: () => select(topic.id) }, topic.name);
}

const newBadge = () => el("span", { class: "new" }, "New");

// Marks the chosen topic in whichever list shows it.
function markInRows(view) {
  for (const row of view.querySelectorAll("[data-row]")) {
    row.classList.toggle("chosen", row.dataset.row === state.selected);
  }
}
