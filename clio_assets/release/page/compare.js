// Two periods, or two values of one facet, side by side: what differs most comes first, and only
// what is more than chance is called a difference.

const comparison = byId("comparison");

// [{key, name, total, count(topic)}, …]: the two sides, or null where there is nothing to compare.
// Two values where they were asked for, and where there is no earlier period to begin with.
function sides() {
  return valueSides(state.one) ?? periodSides() ?? valueSides(firstValue());
}

const facetsToCompare = () =>
  [...facetsOf(WHOLE)].filter(([, cells]) => cells.length > 1).sort(([a], [b]) => byFacet(a, b));

function firstValue() {
  const [[facet, cells] = []] = facetsToCompare();
  return facet && valueKey(facet, inOrder(facet, cells)[0].value);
}

function periodSides() {
  const earlier = data.periods.filter((one) => one.compares && one.key !== data.period.key);
  const then = earlier.find(({ key }) => key === state.with) ??
    earlier.find(({ key }) => key === data.previous?.key) ?? earlier.at(-1);
  if (!then) return null;
  const at = data.periods.indexOf(then);
  return {
    kind: "period", exact: then.key === data.previous?.key,
    one: { name: data.period.name, total: data.period.conversations, noises: leaves.length,
      count: (topic) => topic.conversations },
    other: { name: then.name, key: then.key, total: then.conversations, noises: then.topics,
      count: (topic) => trendOf(topic.id)[at] ?? null },
  };
}

function valueSides(key) {
  const one = valueOf(key);
  const others = one ? (facetsOf(WHOLE).get(one.facet) ?? []).filter(({ value }) => value !== one.value) : [];
  const other = others.find(({ value }) => valueKey(one.facet, value) === state.other) ?? others[0];
  if (!one || !other || !cell(WHOLE, one.facet, one.value)) return null;
  return { kind: "value", facet: one.facet, one: valueSide(one), other: valueSide(other) };
}

function valueSide({ facet, value }) {
  const counts = new Map(leaves.map((topic) => [topic.id, cell(topic.id, facet, value)?.conversations ?? null]));
  const noises = [...counts.values()].filter((count) => count !== null).length;
  return {
    key: valueKey(facet, value), name: valueName(facet, value), noises,
    total: cell(WHOLE, facet, value).conversations, count: (topic) => counts.get(topic.id),
  };
}

// The finest topics by what is known of both sides; where the marts tested it, as they say.
function compared({ kind, exact, one, other }) {
  const both = [];
  const single = { one: [], other: [] };
  for (const topic of wantedLeaves()) {
    const [here, there] = [one.count(topic), other.count(topic)];
    if (here !== null && there !== null) both.push({ topic, here, there, ratio: null, found: false });
    else if (here !== null) single.one.push(topic);
    else if (there !== null) single.other.push(topic);
  }
  for (const row of both) {
    const { growth } = row.topic;
    if (kind === "period" && exact) {
      row.ratio = growth;
      row.found = growth !== null && growth.status !== "steady";
    } else row.ratio = ratioOfShares(counted(row.topic, row.here, one), counted(row.topic, row.there, other));
  }
  if (!exact) markFindings(both);
  const rows = both.filter(({ ratio }) => ratio);
  rows.sort((a, b) => b.found - a.found || surely(b.ratio) - surely(a.ratio) ||
    Math.abs(Math.log(b.ratio.times)) - Math.abs(Math.log(a.ratio.times)) || b.here - a.here);
  return { rows, single };
}

const counted = (topic, count, { total, noises }) =>
  ({ count, total, variance: shareVariance(count, total, perAccount(topic), noises) });

function drawCompare() {
  const two = sides();
  comparison.replaceChildren(choices(two), ...(two ? differences(two) : [
    el("p", { class: "none" }, "There is no earlier period of this kind to compare with, and no facet with two published values."),
  ]));
  markInRows(comparison);
}

function differences(two) {
  const { one, other, kind } = two;
  const { rows, single } = compared(two);
  const most = reachOf(rows.map(({ ratio }) => ratio));
  const widest = Math.max(0.1, ...rows.flatMap(({ here, there }) =>
    [(100 * here) / one.total, (100 * there) / other.total]));
  const body = el("tbody");
  const more = inPortions(body, rows, (row) => differenceRow(row, two, most, widest));
  const found = rows.filter((row) => row.found).length;
  return [
    el("p", { class: "told" }, `${plural(found, "topic")} of ${number(rows.length)} `
      + `${found === 1 ? "differs" : "differ"} by more than chance, noise and rounding would explain.`),
    el("table", { class: "grid differences" },
      el("caption", { class: "unseen" }, `${one.name} beside ${other.name}`),
      el("thead", {}, el("tr", {},
        el("th", { scope: "col" }, "Topic"),
        el("th", { scope: "col" }, one.name),
        el("th", { scope: "col" }, other.name),
        el("th", { scope: "col", colspan: 2 }, "Ratio, with its 95 % interval"))),
      body),
    more,
    alone(`Published of ${one.name} only`, single.one),
    alone(`Published of ${other.name} only`, single.other),
    kind === "period" && !two.exact ? el("p", { class: "hint" },
      `Beside ${other.name} no test stands in the tables: the intervals are reckoned here from the released counts, `
      + "taking an account then to have had as many conversations as now.") : null,
    kind === "value" ? el("p", { class: "hint" },
      "A bar is how much of all conversations with the value are about the topic. The intervals are reckoned here from the released counts.") : null,
    el("p", { class: "hint" }, "What is published of one side only may just have been too small on the other."),
  ].filter(Boolean);
}

function differenceRow({ topic, here, there, ratio, found }, { one, other, kind }, most, widest) {
  const shown = kind === "period" ? relative : times;
  const bar = (count, total) => el("td", { class: "meter" },
    el("span", { class: "track", "aria-hidden": "true" },
      el("span", { class: "amount", "width%": ((100 * count) / total / widest) * 100 })),
    el("span", { class: "figure" }, percent((100 * count) / total)));
  return el("tr", { "data-row": topic.id, class: colourClass(topic), onclick: onRow },
    nameCell(topic), bar(here, one.total), bar(there, other.total),
    el("td", { class: "span" }, whisker(ratio, most, found, 190)),
    el("td", { class: `figure ratio ${found ? "found" : ""}` }, shown(ratio.times),
      el("span", { class: "interval" }, range(ratio, shown))));
}

function alone(title, topics) {
  if (!topics.length) return null;
  return el("details", { class: "alone" }, el("summary", {}, `${title}: ${plural(topics.length, "topic")}`),
    el("ul", {}, topics.slice(0, 200).map((topic) => el("li", {}, link(topic)))));
}

// What is beside what: this period and an earlier one, or two values of one facet.
function choices(two) {
  const earlier = data.periods.filter((one) => one.compares && one.key !== data.period.key).reverse();
  const facets = facetsToCompare();
  const what = el("select", { "aria-label": "Compare", onchange: onWhat });
  options(what, [
    ...(earlier.length ? [["", "this period with"]] : []),
    ...facets.map(([facet]) => [facet, `${facetName(facet)}:`]),
  ], two?.kind === "value" ? two.facet : "");
  const parts = [what];
  if (two?.kind === "value") {
    const values = inOrder(two.facet, facetsOf(WHOLE).get(two.facet))
      .map(({ value }) => [valueKey(two.facet, value), valueName(two.facet, value)]);
    parts.push(sideSelect("One side", values, two.one.key, "one"), "with",
      sideSelect("Other side", values.filter(([key]) => key !== two.one.key), two.other.key, "other"));
  } else if (two) {
    parts.push(sideSelect("Earlier period", earlier.map(({ key, name }) => [key, name]), two.other.key, "with"));
  }
  return el("div", { class: "choices" }, parts);
}

function onWhat(event) {
  const first = facetsOf(WHOLE).get(event.target.value);
  const values = first ? inOrder(event.target.value, first) : [];
  const [one, other] = values.map(({ value }) => valueKey(event.target.value, value));
  Object.assign(state, { one: one ?? "", other: other ?? "" });
  remember(true);
  drawCompare();
  comparison.querySelector("select").focus();
}

function sideSelect(label, entries, now, key) {
  const change = (event) => {
    state[key] = event.target.value;
    remember(true);
    drawCompare();
    comparison.querySelector(`[data-side="${key}"]`).focus();
  };
  const list = el("select", { "aria-label": label, "data-side": key, onchange: change });
  options(list, entries, now);
  return list;
}

function compareSheet() {
  const two = sides();
  if (!two) return { title: "Comparison", columns: ["topic_id"], rows: [] };
  const { one, other } = two;
  return {
    title: `${one.name} beside ${other.name}`,
    columns: ["topic_id", "path", "side", "count", "share", "other_side", "other_count", "other_share",
      "ratio", "ratio_low", "ratio_high", "more_than_chance"],
    rows: compared(two).rows.map(({ topic, here, there, ratio, found }) => [
      topic.id, pathOf(topic), one.name, here, round((100 * here) / one.total), other.name, there,
      round((100 * there) / other.total), round(ratio.times), round(ratio.low), round(ratio.high), found ? "yes" : "no",
    ]),
  };
}

const round = (value) => Math.round(100 * value) / 100;
