// The table: every topic that the filters leave, sorted by any column.

const table = byId("table");

function tableColumns() {
  const columns = [
    { key: "name", title: "Topic", of: ({ name }) => name.toLowerCase(), show: nameCell },
    { key: "conversations", title: "Conversations", of: (topic) => topic.conversations,
      show: (topic) => figureCell(number(topic.conversations)) },
    { key: "share", title: "Share", of: (topic) => topic.share, show: (topic) => figureCell(percent(topic.share)) },
  ];
  if (data.previous) {
    columns.push({ key: "growth", title: "Change of share", of: growthOf, show: growthCell });
  }
  columns.push({ key: "concern", title: "Concern 2+", of: concernOf, show: concernCell });
  const value = valueOf(state.colour);
  if (value) {
    const cells = column(value.facet, value.value);
    const title = valueName(value.facet, value.value);
    const of = (topic) => cells.get(topic.id);
    columns.push(
      { key: "part", title: `${title}, share`, of: (topic) => of(topic)?.share ?? null,
        show: (topic) => figureCell(of(topic) ? percent(of(topic).share) : "") },
      { key: "lift", title: `${title}, beside the period`, of: (topic) => of(topic)?.lift?.times ?? null,
        show: (topic) => ratioCell(of(topic)?.lift, times, ["over", "under"]) },
    );
  }
  return columns;
}

// New topics count as having grown without bound.
const growthOf = (topic) => (topic.isNew ? Infinity : topic.growth?.times ?? null);

function tableRows(columns) {
  const down = state.sort.startsWith("-");
  const by = columns.find(({ key }) => key === state.sort.replace("-", "")) ?? columns[1];
  const sense = down ? -1 : 1;
  return wantedLeaves()
    .map((topic) => ({ topic, figure: by.of(topic) }))
    .sort((a, b) =>
      (a.figure === null) - (b.figure === null) ||
      sense * compare(a.figure, b.figure) ||
      b.topic.conversations - a.topic.conversations || compare(a.topic.id, b.topic.id))
    .map(({ topic }) => topic);
}

function drawTable() {
  const columns = tableColumns();
  const rows = tableRows(columns);
  const body = el("tbody");
  const more = inPortions(body, rows, (topic) =>
    el("tr", { "data-row": topic.id, class: colourClass(topic), onclick: onRow },
      columns.map((column) => column.show(topic))));
  table.replaceChildren(
    el("p", { class: "hint" },
      "Topics of the finest level; the groups they are in stand beneath their names. ",
      valueOf(state.colour) ? null : "Choose a facet's value under Colour to have its share and lift as columns."),
    el("table", { class: "grid" },
      el("caption", { class: "unseen" }, "Topics with their figures"),
      el("thead", {}, el("tr", {}, columns.map(heading))), body),
    rows.length ? more : el("p", { class: "none" }, "No topic is left by the search and filters."));
  markInRows(table);
}

function heading({ key, title }) {
  const down = state.sort === `-${key}`;
  const up = state.sort === key;
  const sort = () => {
    state.sort = key === "name" ? (up ? "-name" : "name") : down ? key : `-${key}`;
    remember();
    drawTable();
    table.querySelector(`[data-sort="${key}"]`).focus();
  };
  return el("th", { scope: "col", "aria-sort": down ? "descending" : up ? "ascending" : null,
    class: key === "name" ? "" : "figure" },
  el("button", { type: "button", "data-sort": key, onclick: sort }, title,
    el("span", { class: "arrow", "aria-hidden": "true" }, down ? " ↓" : up ? " ↑" : "")));
}

const figureCell = (text) => el("td", { class: "figure" }, text);

function nameCell(topic) {
  const up = ancestors(topic);
  return el("th", { scope: "row" },
    el("span", { class: "named" }, link(topic), topic.isNew ? newBadge() : null),
    up.length ? el("span", { class: "path" }, up.map(({ name }) => name).join(" › ")) : null);
}

function growthCell(topic) {
  if (topic.isNew) return el("td", { class: "figure" }, "new");
  return ratioCell(topic.growth, relative, ["grew", "shrank"]);
}

function ratioCell(ratio, shown, findings) {
  if (!ratio) return el("td", { class: "figure" });
  const found = findings.includes(ratio.status);
  return el("td", { class: `figure ratio ${found ? "found" : ""}` }, shown(ratio.times),
    el("span", { class: "interval" }, range(ratio, shown)));
}

function concernCell(topic) {
  const share = concernOf(topic);
  return figureCell(share === null ? "" : percent(share));
}

// A press anywhere in a row chooses it; the button in it is what keys and readers use.
function onRow(event) {
  if (!event.target.closest("button")) select(event.currentTarget.dataset.row);
}

function tableSheet() {
  const rows = tableRows(tableColumns());
  const value = valueOf(state.colour);
  const cells = value && column(value.facet, value.value);
  const columns = ["topic_id", "path", "conversations", "share", "status",
    "growth", "growth_low", "growth_high", "concern_2_and_above"];
  if (value) columns.push("facet", "value", "value_share", "lift", "lift_low", "lift_high");
  return {
    title: "Topics", columns,
    rows: rows.map((topic) => {
      const { growth } = topic;
      const own = [topic.id, pathOf(topic), topic.conversations, Math.round(1e3 * topic.share) / 1e3, movedOf(topic),
        growth?.times, growth?.low, growth?.high, concernOf(topic)];
      if (!value) return own;
      const one = cells.get(topic.id);
      return [...own, value.facet, value.value, one?.share, one?.lift?.times, one?.lift?.low, one?.lift?.high];
    }),
  };
}
