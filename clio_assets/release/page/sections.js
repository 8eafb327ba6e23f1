// What changed, above the tree and the map; languages, below them.

const FEW = 4;
const MOVES = [
  ["new", "New"],
  ["grew", "Grew"],
  ["shrank", "Shrank"],
  ["gone", "Gone"],
];

function drawMovers() {
  const section = document.getElementById("movers");
  if (!data.previous) return;
  section.append(...MOVES.map(([status, title]) => moversList(title, data.movers[status])));
  section.hidden = false;
}

function moversList(title, moved) {
  const list = el("ol", {}, moved.map(mover));
  const column = el("div", {}, el("h2", {}, title, el("span", { class: "count" }, String(moved.length))));
  column.append(moved.length ? list : el("p", { class: "none" }, "none"));
  if (moved.length > FEW) {
    list.classList.add("few");
    const closed = { type: "button", class: "quiet", "aria-expanded": "false" };
    const more = el("button", closed, `all ${moved.length}`);
    more.addEventListener("click", () => {
      const few = list.classList.toggle("few");
      more.setAttribute("aria-expanded", String(!few));
      more.textContent = few ? `all ${moved.length}` : "fewer";
    });
    column.append(more);
  }
  return column;
}

function mover(row) {
  const topic = topicById.get(row.id);
  const size = number(row.conversations);
  const growth = topic?.growth;
  const moved = growth ? relative(growth.times) : topic ? size : `was ${size}`;
  const title = growth
    ? `share ${points(row.points)}, ${interval(growth, relative)}; conversations ${signed(row.change)}`
    : null;
  return el("li", { class: topic ? colourClass(topic) : "" },
    topic ? link(topic) : el("span", { class: "gone", title: row.name }, row.name),
    el("span", { class: "figure", title }, moved));
}

function drawLanguages() {
  const section = document.getElementById("languages");
  if (!data.languages.length) return;
  const most = Math.max(...data.languages.map((row) => row.share));
  section.append(
    el("h2", { id: "languages-title" }, "Languages"),
    el("p", { class: "hint" },
      "Share of the period, and the topics where a language is most over-represented."),
    el("ul", {}, data.languages.map((row) =>
      el("li", {},
        el("span", { class: "language" }, languageName(row.language)),
        el("span", { class: "track", "aria-hidden": "true" },
          el("span", { class: "amount", "width%": (100 * row.share) / most })),
        el("span", { class: "figure" }, percent(row.share)),
        el("span", { class: "where" }, row.topics.map((item) =>
          el("span", {}, link(topicById.get(item.id)), ` ${times(item.lift)}`)))))));
  section.hidden = false;
}
