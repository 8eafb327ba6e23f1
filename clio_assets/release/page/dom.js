// The data block, the relations between topics, and the only two ways the page makes elements:
// every text enters as textContent or as an attribute, never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const topicById = new Map(data.topics.map((topic) => [topic.id, topic]));

const childrenOf = new Map();
for (const topic of data.topics) {
  const parent = topicById.has(topic.parent) ? topic.parent : null;
  if (!childrenOf.has(parent)) childrenOf.set(parent, []);
  childrenOf.get(parent).push(topic);
}
const kids = (id) => childrenOf.get(id) ?? [];

function ancestors(topic) {
  const line = [];
  for (let up = topicById.get(topic.parent); up; up = topicById.get(up.parent)) line.unshift(up);
  return line;
}
const topOf = (topic) => ancestors(topic)[0] ?? topic;

// Oldest first, so that a group keeps its colour from one period to the next.
const COLOURS = 8;
const colourOrder = [...kids(null)].sort(
  (a, b) => compare(a.firstPeriod, b.firstPeriod) || compare(a.id, b.id),
);
const colourIndex = new Map(colourOrder.map((topic, index) => [topic.id, index]));

// Past the eighth group colours come round again, as rings instead of discs.
function colourClass(topic) {
  const index = colourIndex.get(topOf(topic).id);
  return `c${index % COLOURS}${index >= COLOURS ? " ring" : ""}`;
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

function fill(node, attributes, content) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "width%") node.style.width = `${value}%`;
    else if (name === "left%") node.style.left = `${value}%`;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...content.flat().filter((part) => part !== null && part !== undefined));
  return node;
}
const el = (tag, attributes = {}, ...content) =>
  fill(document.createElement(tag), attributes, content);
const svg = (tag, attributes = {}, ...content) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, content);

const whole = new Intl.NumberFormat("en");
const number = (value) => whole.format(value);
const percent = (value) => `${value.toFixed(1)} %`;
const points = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)} pt`;
const relative = (ratio) => `${signed(Math.round(100 * (ratio - 1)))} %`;
const interval = (ratio, shown) => `95 %: ${shown(ratio.low)} to ${shown(ratio.high)}`;
const times = (value) => `${value >= 10 ? Math.round(value) : value.toFixed(1)}×`;

function signed(value) {
  if (value === null || value === undefined) return "";
  return value === 0 ? "0" : `${value < 0 ? "−" : "+"}${number(Math.abs(value))}`;
}

const languages = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });
function languageName(code) {
  if (code === "und") return "Not determined";
  try {
    return languages.of(code);
  } catch {
    return code;
  }
}
const valueName = (facet, value) =>
  facet === "language" ? languageName(value) : value.replaceAll("_", " ");
const FACET_NAMES = { turns: "User turns", length: "Words written", concern: "Concern, 1 to 5" };
const facetName = (facet) =>
  FACET_NAMES[facet] ?? facet.charAt(0).toUpperCase() + facet.slice(1).replaceAll("_", " ");
