// Languages: where each stands out, with the interval that says how surely. What is shown is more
// than chance by the marts' own test.

const languageView = byId("languages");
const SHOWN = 6;

function languageRows() {
  return (facetsOf(WHOLE).get("language") ?? []).map((one) => {
    const cells = column("language", one.value);
    const over = wantedLeaves()
      .map((topic) => ({ topic, lift: cells.get(topic.id)?.lift }))
      .filter(({ lift }) => lift?.status === "over")
      .sort((a, b) => surely(b.lift) - surely(a.lift) || b.lift.times - a.lift.times);
    return { ...one, over };
  });
}

function drawLanguages() {
  const rows = languageRows();
  if (!rows.length) {
    languageView.replaceChildren(el("p", { class: "none" }, "No language was common enough to publish."));
    return;
  }
  const most = Math.max(...rows.map(({ share }) => share));
  const reach = reachOf(rows.flatMap(({ over }) => over.slice(0, SHOWN).map(({ lift }) => lift)));
  languageView.replaceChildren(
    el("p", { class: "hint" },
      "Every published language, and the topics in which it is more common than in the whole period by more than chance; the surest first."),
    el("div", { class: "cards" }, rows.map((row) => languageCard(row, most, reach))));
  markInRows(languageView);
}

function languageCard({ value, share, conversations, over }, most, reach) {
  return el("section", { class: "card", "aria-label": languageName(value) },
    el("h3", {}, languageName(value)),
    el("p", { class: "how-much" },
      el("span", { class: "track", "aria-hidden": "true" }, el("span", { class: "amount", "width%": (100 * share) / most })),
      `${percent(share)}, ${number(conversations)} conversations`),
    over.length ? el("ul", {}, over.slice(0, SHOWN).map(({ topic, lift }) =>
      el("li", { "data-row": topic.id }, link(topic), whisker(lift, reach, true),
        el("span", { class: "figure" }, times(lift.times), el("span", { class: "interval" }, range(lift, times)))))) :
      el("p", { class: "none" }, "nowhere by more than chance"),
    over.length > SHOWN ? el("button", { type: "button", class: "quiet", onclick: () => showOver(value) },
      `all ${over.length} in the table`) : null);
}

function showOver(value) {
  const key = valueKey("language", value);
  Object.assign(state, { view: "table", colour: key, over: key, sort: "-lift" });
  remember(true);
  show();
}

function languagesSheet() {
  return {
    title: "Languages",
    columns: ["language", "period_share", "topic_id", "path", "lift", "lift_low", "lift_high"],
    rows: languageRows().flatMap(({ value, share, over }) => over.map(({ topic, lift }) =>
      [value, share, topic.id, pathOf(topic), lift.times, lift.low, lift.high])),
  };
}
