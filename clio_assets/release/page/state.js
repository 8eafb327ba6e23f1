// One state; every view is drawn from it, and the address remembers all of it.

const VIEWS = ["map", "table", "compare", "languages"];
const state = {
  view: "map", selected: null, colour: "group", lift: false,
  search: "", least: 0, moved: "", over: "",
  sort: "-conversations", with: "", one: "", other: "", at: null,
};
// State -> its name in the address, and what is left unsaid there.
const SAID = {
  view: ["view", "map"], selected: ["topic", null], colour: ["colour", "group"],
  lift: ["lift", false], search: ["q", ""], least: ["least", 0], moved: ["moved", ""],
  over: ["over", ""], sort: ["sort", "-conversations"], with: ["with", ""],
  one: ["one", ""], other: ["other", ""], at: ["at", null],
};

function address() {
  const said = new URLSearchParams();
  for (const [key, [name, unsaid]] of Object.entries(SAID)) {
    if (state[key] !== unsaid) said.set(name, String(state[key]));
  }
  return said.size ? `#${said}` : "";
}

// A step is one that the browser's "back" undoes. All is written down when it pauses: browsers
// refuse an address that changes with every frame.
const PAUSE = { step: 60, other: 250 };
let pause = 0;
let stepped = false;
function remember(step = false) {
  stepped ||= step;
  clearTimeout(pause);
  pause = setTimeout(writeAddress, stepped ? PAUSE.step : PAUSE.other);
}

function writeAddress() {
  const step = stepped;
  stepped = false;
  if (address() === location.hash) return;
  const now = location.pathname + location.search + address();
  if (step) history.pushState(null, "", now);
  else history.replaceState(null, "", now);
}

// Anyone may write an address: what it names must exist, and the rest is as if unsaid.
function fromAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  const told = (key) => said.get(SAID[key][0]);
  const among = (key, known) => (known.includes(told(key)) ? told(key) : SAID[key][1]);
  Object.assign(state, {
    view: among("view", VIEWS),
    selected: topicById.has(told("selected")) ? told("selected") : null,
    colour: told("colour") ?? "group",
    lift: told("lift") === "true",
    search: (told("search") ?? "").slice(0, 100),
    least: Math.max(0, Math.round(Number(told("least")) || 0)),
    moved: among("moved", Object.keys(MOVED)),
    over: told("over") ?? "",
    sort: told("sort") ?? "-conversations",
    with: told("with") ?? "",
    one: told("one") ?? "",
    other: told("other") ?? "",
    at: told("at"),
  });
}

const chosen = () => (state.selected === null ? null : topicById.get(state.selected));

// A facet value as it stands in the address and in lists: "language:es".
const valueKey = (facet, value) => `${facet}:${value}`;
function valueOf(key) {
  const index = (details?.values ?? []).findIndex(([facet, value]) => valueKey(facet, value) === key);
  return index < 0 ? null : { facet: details.values[index][0], value: details.values[index][1] };
}

// Every value published for the whole period, as the groups of a list to choose from.
function valueEntries(wanted = () => true) {
  const facets = [...facetsOf(WHOLE)].filter(([facet]) => wanted(facet));
  return facets.sort(([a], [b]) => byFacet(a, b)).map(([facet, cells]) => [
    facetName(facet),
    inOrder(facet, cells).map(({ value }) => [valueKey(facet, value), valueName(facet, value)]),
  ]);
}
