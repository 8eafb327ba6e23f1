// How one topic, or the whole period, divides by each facet.

function breakdowns(id) {
  if (!unpacks) {
    return [el("p", { class: "summary" },
      "This browser is too old to show breakdowns, trends and decisions. They are in the files beside this page.")];
  }
  if (!details) return [];
  const facets = [...facetsOf(id)].sort(([a], [b]) => byFacet(a, b));
  if (!facets.length) return [el("p", { class: "summary" }, "No breakdown was large enough to publish.")];
  const note = id === WHOLE ? null
    : el("p", { class: "since" },
        "Bar: share in this topic. Mark: share of the whole period. ×: one over the other, dark where",
        " it is more than chance.");
  return [...facets.map(([facet, cells]) => breakdown(facet, cells, id)), note].filter(Boolean);
}

function breakdown(facet, cells, id) {
  const ordered = inOrder(facet, cells);
  const widest = Math.max(1, ...ordered.flatMap((one) => [one.share, one.base ?? 0]));
  return el("div", { class: "facet" },
    el("h3", {}, facetName(facet)),
    el("table", {}, el("tbody", {}, ordered.map((one) =>
      el("tr", {},
        el("th", { scope: "row" }, colourBy(one)),
        el("td", { class: "meter", "aria-hidden": "true" },
          el("span", { class: "track" },
            el("span", { class: "amount", "width%": (100 * one.share) / widest }),
            one.base === null ? null
              : el("span", { class: "base", "left%": (100 * one.base) / widest }))),
        el("td", { class: "figure" }, percent(one.share)),
        id === WHOLE ? null : liftFigure(one.lift))))));
}

// A value's name lays it over the map.
function colourBy({ facet, value }) {
  const name = valueName(facet, value);
  const lay = () => {
    state.colour = valueKey(facet, value);
    remember(true);
    show();
  };
  return el("button", { type: "button", class: "link", title: `Colour by ${name}`, onclick: lay }, name);
}

function liftFigure(lift) {
  if (lift === null) return el("td", {});
  const sense = { over: "high", under: "low" }[lift.status] ?? "";
  return el("td", { class: `figure lift ${sense}`, title: interval(lift, times) }, times(lift.times));
}
