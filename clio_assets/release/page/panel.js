// The panel: everything published about one topic, or about the whole period while none is chosen.

const panel = byId("panel");
const NEAREST = 5;

function drawPanel() {
  const topic = chosen();
  panel.replaceChildren(...(topic ? aboutTopic(topic) : aboutPeriod()));
  panel.scrollTop = 0;
}

function aboutPeriod() {
  return [
    el("h2", {}, "The whole period"),
    el("p", { class: "summary" },
      `About ${plural(data.period.conversations, "conversation")}. Choose a topic to see how it differs from this;`
      + " press a value to colour the map by it."),
    ...breakdowns(WHOLE),
  ];
}

function aboutTopic(topic) {
  return [
    el("div", { class: "pane-head" },
      path(topic),
      el("button", { type: "button", class: "quiet", onclick: () => select(null) }, "Whole period")),
    el("h2", { class: `titled ${colourClass(topic)}`, dir: "auto" }, topic.name, topic.isNew ? newBadge() : null),
    topic.summary ? el("p", { class: "summary", dir: "auto" }, topic.summary) : null,
    facts(topic),
    trend(topic),
    identity(topic),
    parts(topic),
    ...breakdowns(topic.id),
    neighbours(topic),
    verdict(topic),
  ].filter(Boolean);
}

function path(topic) {
  const up = ancestors(topic);
  if (!up.length) return el("p", { class: "path" }, isGroup(topic) ? "Group" : "Topic");
  return el("p", { class: "path" }, up.flatMap((one) => [link(one), " › "]).slice(0, -1));
}

function facts(topic) {
  const shown = [
    [`conversations, ${roundingOf(topic)}`, number(topic.conversations)],
    ["of the period", percent(topic.share)],
  ];
  if (data.unit === "accounts") shown.push(["accounts", number(topic.accounts)]);
  if (data.previous && topic.change !== null) shown.push([`since ${data.previous.name}`, signed(topic.change)]);
  const { growth } = topic;
  if (growth) {
    const sure = growth.status === "steady" ? "; no more than chance" : "";
    shown.push([`change of its share (${interval(growth, relative)}${sure})`, relative(growth.times)]);
  }
  return el("dl", { class: "facts" },
    shown.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

// What became of it between periods, and the topics of the release before that would have held its
// conversations.
const EVENTS = { continued: "goes on", split: "split off from", merged: "took in", moved: "moved here from" };

function identity(topic) {
  const told = topic.isNew && topic.firstPeriod !== data.period.key
    ? `Not published in ${data.previous.name}, but known since ${topic.firstSeen}.`
    : `First seen ${topic.firstSeen}${topic.isNew ? ": new" : ""}.`;
  return el("div", { class: "identity parts" }, el("h3", {}, "Identity"), el("p", {}, told),
    topic.cameFrom.length ? el("ul", {}, topic.cameFrom.map(origin)) : null);
}

function origin(from) {
  const still = topicById.get(from.id);
  return el("li", {},
    el("span", {}, el("span", { class: "event" }, EVENTS[from.event] ?? from.event), " ",
      still ? link(still) : from.name),
    el("span", { class: "figure" }, `${number(from.conversations)} · ${percent(from.share)}`));
}

function parts(topic) {
  if (!isGroup(topic)) return null;
  return list("Topics in this group", kids(topic.id), "parts");
}

function neighbours(topic) {
  const near = nearest(topic, NEAREST);
  return near.length ? list("Nearest on the map", near, "parts") : null;
}

function list(title, topics, kind) {
  return el("div", { class: kind },
    el("h3", {}, title),
    el("ul", {}, topics.map((one) =>
      el("li", {}, link(one), el("span", { class: "figure" }, number(one.conversations))))));
}

// Why it may be shown: every rule it passed, in the words of the gate's own record.
function verdict(topic) {
  const rules = verdictOf(topic.id);
  if (!rules.length) return null;
  return el("details", { class: "verdict" },
    el("summary", {}, `Published because it passed ${plural(rules.length, "rule")} of the gate`),
    el("ul", {}, rules.map(([rule, requirement]) =>
      el("li", {}, el("span", { class: "rule" }, rule), ` ${requirement}`))));
}
