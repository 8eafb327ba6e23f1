// Search and filters: which of the finest topics are wanted, and every group that holds one.

const MOVED = { new: "New", grew: "Grew", shrank: "Shrank", steady: "No more than chance" };

// Letters alone: accents and case make no difference.
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const searchable = new Map();
function textOf(topic) {
  if (!searchable.has(topic.id)) {
    const up = ancestors(topic).map(({ name }) => name).join("\n");
    searchable.set(topic.id, plain(`${topic.name}\n${topic.summary}\n${up}`));
  }
  return searchable.get(topic.id);
}

let wanted = new Set(data.topics);
const filtering = () => Boolean(state.search || state.least || state.moved || state.over);

function findWanted() {
  const words = plain(state.search).split(/\s+/).filter(Boolean);
  const over = valueOf(state.over);
  const cells = over && column(over.facet, over.value);
  const finest = leaves.filter((topic) =>
    topic.conversations >= state.least &&
    (!state.moved || movedOf(topic) === state.moved) &&
    (!over || cells.get(topic.id)?.lift?.status === "over") &&
    words.every((word) => textOf(topic).includes(word)));
  wanted = new Set(finest.flatMap((topic) => [topic, ...ancestors(topic)]));
}
const wantedLeaves = () => leaves.filter((topic) => wanted.has(topic));
const movedOf = (topic) => (topic.isNew ? "new" : topic.growth?.status ?? "");

function drawFilters() {
  byId("search").value = state.search;
  byId("least").value = state.least || "";
  options(byId("moved"), [["", "any change"], ...Object.entries(MOVED)], state.moved);
  byId("moved").parentNode.hidden = !data.previous;
  options(byId("over"), [["", "any"], ...valueEntries()], state.over);
}

function listenToFilters() {
  const change = (key, value) => {
    state[key] = value;
    remember();
    showFiltered();
  };
  byId("search").addEventListener("input", (event) => change("search", event.target.value.slice(0, 100)));
  byId("least").addEventListener("input", (event) =>
    change("least", Math.max(0, Math.round(Number(event.target.value) || 0))));
  byId("moved").addEventListener("change", (event) => change("moved", event.target.value));
  byId("over").addEventListener("change", (event) => change("over", event.target.value));
  byId("unfilter").addEventListener("click", () => {
    Object.assign(state, { search: "", least: 0, moved: "", over: "" });
    remember();
    show();
    byId("search").focus();
  });
}
