// What colour stands for: a scale with a name, its steps in words, and the step of each topic.
// Steps, not a ramp, because a reader can tell five colours apart and not fifty.

const HOLLOW = "hollow";

function scaleNow() {
  const value = valueOf(state.colour);
  if (state.colour === "growth" && data.previous) return growthScale();
  if (state.colour === "concern" && details) return concernScale();
  if (value) return state.lift ? liftScale(value) : shareScale(value);
  return groupScale();
}

function groupScale() {
  const steps = colourOrder.map((topic) => {
    const { index, ring } = colourOf(topic);
    return { colour: `c${index}`, ring, text: topic.name, topic };
  });
  const stepOf = (topic) => steps[colourIndex.get(topOf(topic).id)];
  const listed = [...steps].sort((a, b) => b.topic.conversations - a.topic.conversations);
  return { title: "Group", steps: listed, stepOf };
}

const CHANCE = { colour: "d2", text: "no more than chance" };
const UNSAID = { colour: HOLLOW, ring: true, text: "not published" };

function growthScale() {
  const steps = [
    { colour: "d0", text: "shrank by a third or more" },
    { colour: "d1", text: "shrank" },
    CHANCE,
    { colour: "d3", text: "grew" },
    { colour: "d4", text: "grew by half or more" },
    { colour: "new", text: "new" },
  ];
  const stepOf = ({ isNew, growth }) => {
    if (isNew) return steps[5];
    if (!growth) return UNSAID;
    if (growth.status === "shrank") return steps[growth.times <= 2 / 3 ? 0 : 1];
    if (growth.status === "grew") return steps[growth.times >= 1.5 ? 4 : 3];
    return CHANCE;
  };
  return { title: `Change of its share since ${data.previous.name}`, steps, stepOf };
}

function liftScale({ facet, value }) {
  const cells = column(facet, value);
  const steps = [
    { colour: "d0", text: "half as common or less" },
    { colour: "d1", text: "less common" },
    CHANCE,
    { colour: "d3", text: "more common" },
    { colour: "d4", text: "twice as common or more" },
    UNSAID,
  ];
  const stepOf = (topic) => {
    const lift = cells.get(topic.id)?.lift;
    if (!lift) return UNSAID;
    if (lift.status === "under") return steps[lift.times <= 0.5 ? 0 : 1];
    if (lift.status === "over") return steps[lift.times >= 2 ? 4 : 3];
    return CHANCE;
  };
  return { title: `${named(facet, value)}, beside the whole period`, steps, stepOf };
}

const shareScale = ({ facet, value }) => {
  const cells = column(facet, value);
  return sequential(`Share of ${named(facet, value)}`, (topic) => cells.get(topic.id)?.share ?? null);
};
const concernScale = () => sequential("Share at concern 2 or more, at least", concernOf);
const named = (facet, value) =>
  facet === "language" ? languageName(value) : `${facetName(facet).toLowerCase()}: ${valueName(facet, value)}`;

// Five steps of a round width, as wide as most topics need; the last one holds the rest.
const WIDTHS = [0.5, 1, 2, 4, 5, 10, 15, 20];
function sequential(title, figure) {
  const known = leaves.map(figure).filter((value) => value !== null).sort((a, b) => a - b);
  const most = known[Math.floor(0.95 * (known.length - 1))] ?? 1;
  const width = WIDTHS.find((one) => 5 * one > most) ?? 20;
  const steps = [0, 1, 2, 3, 4].map((at) => ({
    colour: `s${at}`,
    text: at < 4 ? `${at * width}–${(at + 1) * width} %` : `${4 * width} % and more`,
  }));
  const stepOf = (topic) => {
    const value = figure(topic);
    return value === null ? UNSAID : steps[Math.min(4, Math.floor(value / width))];
  };
  return { title, steps: [...steps, UNSAID], stepOf };
}

function drawColours() {
  const entries = [["group", "Group"]];
  if (data.previous) entries.push(["growth", "Growth"]);
  if (details) entries.push(["concern", "Concern 2+"], ...valueEntries());
  const known = entries.some(([key, name]) =>
    key === state.colour || (Array.isArray(name) && name.some(([value]) => value === state.colour)));
  options(byId("colour"), entries, known ? state.colour : "group");
}

function drawLegend(scale) {
  const swatch = ({ colour, ring }) =>
    el("span", { class: `swatch ${colour}${ring ? " ring" : ""}`, "aria-hidden": "true" });
  const shown = scale.steps.slice(0, 12);
  byId("legend").replaceChildren(
    el("span", { class: "scale" }, scale.title),
    ...shown.map((step) => el("span", { class: "step" }, swatch(step), step.text)),
    ...(scale.steps.length > shown.length
      ? [el("span", { class: "step" }, `and ${scale.steps.length - shown.length} more`)] : []),
    ...(valueOf(state.colour) ? [liftSwitch()] : []),
  );
}

function liftSwitch() {
  const change = () => {
    state.lift = !state.lift;
    remember();
    show();
    byId("legend").querySelector("button").focus();
  };
  return el("button", { type: "button", class: "quiet", onclick: change },
    state.lift ? "show shares" : "compare with the whole period");
}
