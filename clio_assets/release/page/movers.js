// What changed, above everything else.

// How many of each list at first.
const first = () => (narrow.matches ? 2 : 4);
const MOVES = [["new", "New"], ["grew", "Grew"], ["shrank", "Shrank"], ["gone", "Gone"]];

function drawMovers() {
  const section = byId("movers");
  if (!data.previous) return;
  section.append(...MOVES.map(([status, title]) => moversList(status, title, data.movers[status])));
  section.hidden = false;
}

function moversList(status, title, moved) {
  const heading = el("h2", {}, title, el("span", { class: "count" }, number(moved.length)));
  const column = el("div", {}, heading, moved.length
    ? el("ol", {}, moved.slice(0, first()).map(mover)) : el("p", { class: "none" }, "none"));
  if (moved.length > first()) heading.after(allOf(status, moved, column));
  return column;
}

// The table has every figure of them; what is gone is in no table of this period.
function allOf(status, moved, column) {
  const more = el("button", { type: "button", class: "quiet" }, `show all ${number(moved.length)}`);
  more.addEventListener("click", () => {
    if (status === "gone") {
      column.querySelector("ol").replaceChildren(...moved.map(mover));
      more.remove();
      return;
    }
    Object.assign(state, { view: "table", moved: status, sort: status === "new" ? "-conversations" : "-growth" });
    if (status === "shrank") state.sort = "growth";
    remember(true);
    show();
    byId("explorer").scrollIntoView({ block: "start" });
  });
  return more;
}

function mover(row) {
  const topic = topicById.get(row.id);
  const growth = topic?.growth;
  const size = number(row.conversations);
  const shown = growth ? relative(growth.times) : topic ? size : `was ${size}`;
  const title = growth
    ? `share ${points(row.points)}, ${interval(growth, relative)}; conversations ${signed(row.change)}`
    : null;
  return el("li", { class: topic ? colourClass(topic) : "" },
    topic ? link(topic) : el("span", { class: "gone", title: row.name }, row.name),
    el("span", { class: "figure", title }, shown));
}
