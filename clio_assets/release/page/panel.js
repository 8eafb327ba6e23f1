// The panel: everything published about one topic, or about the whole period while none is chosen.

const panel = document.getElementById("panel");
const FACET_ORDER = ["task", "language", "turns", "length", "concern"];

function drawPanel() {
  const topic = state.selected === null ? null : topicById.get(state.selected);
  panel.replaceChildren(...(topic ? aboutTopic(topic) : aboutPeriod()));
  panel.scrollTop = 0;
}

function aboutPeriod() {
  return [
    el("h2", {}, "The whole period"),
    el("p", { class: "summary" },
      "Choose a topic in the tree or on the map to see how it differs from this."),
    ...breakdowns("*"),
  ];
}

function aboutTopic(topic) {
  return [
    el("div", { class: "pane-head" },
      path(topic),
      el("button", { type: "button", class: "quiet", onclick: () => select(null) }, "Whole period")),
    el("h2", { class: `titled ${colourClass(topic)}` }, topic.name, topic.isNew ? newBadge() : null),
    topic.summary ? el("p", { class: "summary" }, topic.summary) : null,
    facts(topic),
    trend(topic),
    parts(topic),
    origins(topic),
    ...breakdowns(topic.id),
  ].filter(Boolean);
}

function path(topic) {
  const line = ancestors(topic);
  if (!line.length) return el("p", { class: "path" }, kids(topic.id).length ? "Group" : "Topic");
  return el("p", { class: "path" }, line.flatMap((up) => [link(up), " › "]).slice(0, -1));
}

function link(topic) {
  const attributes = { type: "button", class: "link", title: topic.name };
  return el("button", { ...attributes, onclick: () => select(topic.id) }, topic.name);
}

function facts(topic) {
  const shown = [["conversations", number(topic.conversations)], ["of the period", percent(topic.share)]];
  if (data.unit === "accounts") shown.push(["accounts", number(topic.accounts)]);
  if (data.previous && topic.change !== null) shown.push([`since ${data.previous}`, signed(topic.change)]);
  const { growth } = topic;
  if (growth) shown.push([`change of its share (${interval(growth, relative)})`, relative(growth.times)]);
  return el("dl", { class: "facts" },
    shown.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

// A line over the released periods; it breaks where the topic was not published.
function trend(topic) {
  const sizes = data.trends[topic.id] ?? [];
  const known = sizes.map((size, index) => ({ size, index })).filter((dot) => dot.size !== null);
  const since = el("p", { class: "since" }, `First seen ${topic.firstSeen}`);
  if (data.periods.length < 2) return since;
  const [width, height, edge] = [320, 64, 6];
  const top = Math.max(1, ...known.map((dot) => dot.size));
  const x = (index) => edge + (index / (data.periods.length - 1)) * (width - 2 * edge);
  const y = (size) => height - edge - (size / top) * (height - 2 * edge);
  const line = known.map(({ size, index }, at) => {
    const step = at && known[at - 1].index === index - 1 ? "L" : "M";
    return `${step}${x(index).toFixed(1)} ${y(size).toFixed(1)}`;
  }).join("");
  const spoken = known.map((dot) => `${data.periods[dot.index]}: ${dot.size}`).join("; ");
  return el("figure", { class: `trend ${colourClass(topic)}` },
    el("figcaption", {},
      el("span", {}, "Over the released periods"), el("span", {}, `highest ${number(top)}`)),
    svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": spoken },
      svg("line", { class: "axis", x1: 0, x2: width, y1: height - 1, y2: height - 1 }),
      svg("path", { d: line }),
      known.length <= 45 ? known.map((dot) =>
        svg("circle", { cx: x(dot.index), cy: y(dot.size), r: 2.6 },
          svg("title", {}, `${data.periods[dot.index]}: ${number(dot.size)}`))) : null),
    el("div", { class: "ends" },
      el("span", {}, data.periods[0]), el("span", {}, data.periods.at(-1))),
    since);
}

function parts(topic) {
  if (!kids(topic.id).length) return null;
  return el("div", { class: "parts" },
    el("h3", {}, "Topics in this group"),
    el("ul", {}, kids(topic.id).map((child) =>
      el("li", {}, link(child), el("span", { class: "figure" }, number(child.conversations))))));
}

// Topics of the previous release that would have held these conversations.
function origins(topic) {
  if (!topic.cameFrom.length) return null;
  return el("div", { class: "parts" },
    el("h3", {}, "Where it comes from"),
    el("ul", {}, topic.cameFrom.map((from) =>
      el("li", {},
        el("span", {}, from.name, el("span", { class: "new" }, from.event)),
        el("span", { class: "figure" }, `${number(from.conversations)} · ${percent(from.share)}`)))));
}

function breakdowns(id) {
  const facets = data.facets[id] ?? {};
  const names = Object.keys(facets).sort((a, b) => rank(a) - rank(b) || compare(a, b));
  if (!names.length) return [el("p", { class: "summary" }, "No breakdown was large enough to publish.")];
  const legend = id === "*" ? null
    : el("p", { class: "legend" },
        "Bar: share in this topic. Mark: share of the whole period. ×: one over the other, dark where",
        " it is more than chance.");
  return [...names.map((facet) => breakdown(facet, facets[facet], id)), legend].filter(Boolean);
}

const rank = (facet) => (FACET_ORDER.includes(facet) ? FACET_ORDER.indexOf(facet) : FACET_ORDER.length);

function breakdown(facet, cells, id) {
  const ordered = inOrder(facet, cells);
  const widest = Math.max(1, ...ordered.flatMap((cell) => [cell.share, cell.base ?? 0]));
  return el("div", { class: "facet" },
    el("h3", {}, facetName(facet)),
    el("table", {}, el("tbody", {}, ordered.map((cell) =>
      el("tr", {},
        el("th", { scope: "row" }, valueName(facet, cell.value)),
        el("td", { class: "meter", "aria-hidden": "true" },
          el("span", { class: "track" },
            el("span", { class: "amount", "width%": (100 * cell.share) / widest }),
            cell.base === null ? null
              : el("span", { class: "base", "left%": (100 * cell.base) / widest }))),
        el("td", { class: "figure" }, percent(cell.share)),
        id === "*" ? null : liftFigure(cell.lift))))));
}

function liftFigure(lift) {
  if (lift === null) return el("td", {});
  const sense = { over: "high", under: "low" }[lift.status] ?? "";
  return el("td", { class: `figure lift ${sense}`, title: interval(lift, times) }, times(lift.times));
}

// Ranges and grades keep their own order; everything else comes largest first, "other" last.
const GRADES = ["short", "medium", "long"];
function inOrder(facet, cells) {
  const grades = cells.map((cell) => grade(cell.value));
  const graded = facet !== "language" && grades.every(Number.isFinite);
  const order = (cell) => (graded ? grade(cell.value) : Number(cell.value === "other"));
  return [...cells].sort((a, b) => order(a) - order(b));
}

function grade(value) {
  if (GRADES.includes(value)) return GRADES.indexOf(value);
  const range = /^(up to |over )?(\d+)/.exec(value);
  if (!range) return NaN;
  return Number(range[2]) + ({ "up to ": -0.5, "over ": 0.5 }[range[1]] ?? 0);
}
