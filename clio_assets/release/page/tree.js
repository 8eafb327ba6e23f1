// The tree: one row a topic, a bar on the scale of the largest group, keys as in the ARIA pattern.

const MANY = 32;
const tree = document.getElementById("tree");
const groups = data.topics.filter(isGroup);
// A long tree starts closed, but for what is new.
const open = new Set(data.topics.length > MANY ? [] : groups.map((topic) => topic.id));
for (const topic of data.topics.filter(({ isNew }) => isNew)) {
  for (const up of ancestors(topic)) open.add(up.id);
}
const largest = Math.max(1, ...kids(null).map((topic) => topic.conversations));
let focused = null;

// Branches opened for a search close with it again; one that finds much opens none.
const FOUND = 60;
function isOpen(topic) {
  if (open.has(topic.id)) return true;
  return filtering() && wanted.size <= FOUND;
}

function drawTree() {
  const hadFocus = tree.contains(document.activeElement);
  const rows = [...rowsUnder(null, 1)];
  tree.replaceChildren(...rows);
  byId("nothing-found").hidden = wanted.size > 0;
  const current = rowOf(focused) ?? rowOf(state.selected) ?? tree.querySelector("[data-topic]");
  if (current) current.tabIndex = 0;
  if (hadFocus && current) current.focus({ preventScroll: true });
  const unfold = byId("unfold");
  unfold.hidden = !groups.length;
  unfold.textContent = open.size < groups.length ? "Open all" : "Close all";
}

// Only what is open becomes elements, so that thousands of topics cost what is seen of them.
function* rowsUnder(parent, level) {
  const topics = kids(parent);
  for (const topic of topics) {
    if (!wanted.has(topic)) continue;
    yield topicRow(topic, level);
    if (isOpen(topic)) yield* rowsUnder(topic.id, level + 1);
  }
  if (filtering()) return;
  const total = parent === null ? data.period.conversations : topicById.get(parent).conversations;
  const rest = total - topics.reduce((sum, topic) => sum + topic.conversations, 0);
  if (topics.length && rest > 0) yield restRow(rest, level, parent === null);
}

function topicRow(topic, level) {
  const folds = isGroup(topic);
  return el(
    "li",
    {
      role: "treeitem", class: `row ${colourClass(topic)}`, "data-topic": topic.id,
      "data-level": Math.min(level, 4), "aria-level": level, tabindex: -1,
      "aria-expanded": folds ? String(isOpen(topic)) : null,
      "aria-selected": String(topic.id === state.selected),
    },
    el("span", { class: "twist", "aria-hidden": "true" },
      folds ? (isOpen(topic) ? "▾" : "▸") : ""),
    el("span", { class: "name" }, el("span", {}, topic.name), topic.isNew ? newBadge() : null),
    el("span", { class: "figure" }, number(topic.conversations)),
    el("span", { class: "figure soft" }, percent(topic.share)),
    data.previous ? changeFigure(topic) : null,
    el("span", { class: "bar", "aria-hidden": "true" },
      el("span", { "width%": (100 * topic.conversations) / largest })),
  );
}

function restRow(rest, level, outside) {
  return el(
    "li",
    {
      role: "treeitem", class: "row rest", "aria-disabled": "true",
      "aria-level": level, "data-level": Math.min(level, 4),
    },
    el("span", { class: "twist" }),
    el("span", { class: "name" }, outside ? "In no published topic" : "Not shown apart"),
    el("span", { class: "figure" }, number(rest)),
    el("span", { class: "figure soft" }, percent((100 * rest) / data.period.conversations)),
  );
}

function changeFigure(topic) {
  const change = topic.change;
  if (change === null) return el("span", { class: "figure change" }, "");
  const steady = change === 0 || topic.growth?.status === "steady";
  const sense = steady ? "same" : change > 0 ? "up" : "down";
  return el("span", { class: `figure change ${sense}` }, signed(change));
}

const rowOf = (id) => (id === null ? null : tree.querySelector(`[data-topic="${CSS.escape(id)}"]`));

function setOpen(id, wanted) {
  if (wanted) open.add(id);
  else open.delete(id);
  drawTree();
}

// Where the row stands already, only the mark moves: a long open tree is not built anew.
function markInTree() {
  tree.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
  rowOf(state.selected)?.setAttribute("aria-selected", "true");
}

function reveal(topic) {
  const closed = ancestors(topic).filter((up) => !isOpen(up));
  for (const up of closed) open.add(up.id);
  focused = topic.id;
  if (closed.length) drawTree();
  markInTree();
  // Only the list scrolls, and only where it is a scrolling list of its own.
  const row = rowOf(topic.id);
  if (!row) return;
  const above = row.offsetTop - tree.offsetTop - tree.scrollTop;
  if (above < 0 || above + row.offsetHeight > tree.clientHeight) {
    tree.scrollTop += above - tree.clientHeight / 2;
  }
}

function focusRow(row) {
  if (!row) return;
  tree.querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
  focused = row.dataset.topic;
  row.tabIndex = 0;
  row.focus();
}

function listenToTree() {
  tree.addEventListener("click", (event) => {
    const row = event.target.closest("[data-topic]");
    if (!row) return;
    const id = row.dataset.topic;
    focused = id;
    if (event.target.closest(".twist") && kids(id).length) setOpen(id, !open.has(id));
    else select(id);
  });
  tree.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-topic]");
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const rows = [...tree.querySelectorAll("[data-topic]")];
    const at = rows.indexOf(row);
    const id = row.dataset.topic;
    const folds = kids(id).length > 0;
    const keys = {
      ArrowDown: () => focusRow(rows[at + 1]),
      ArrowUp: () => focusRow(rows[at - 1]),
      Home: () => focusRow(rows[0]),
      End: () => focusRow(rows.at(-1)),
      ArrowRight: () =>
        folds && !open.has(id) ? setOpen(id, true) : folds && focusRow(rows[at + 1]),
      ArrowLeft: () =>
        folds && open.has(id) ? setOpen(id, false) : focusRow(rowOf(topicById.get(id).parent)),
      Enter: () => select(id),
      " ": () => select(id),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  byId("unfold").addEventListener("click", () => {
    const all = open.size < groups.length;
    open.clear();
    if (all) groups.forEach((topic) => open.add(topic.id));
    drawTree();
  });
}
