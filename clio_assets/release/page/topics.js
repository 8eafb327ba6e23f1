// The data block, and how its topics belong together.

const data = JSON.parse(byId("data").textContent);
// The tables round shares to a tenth of a percent, in which most of thousands of topics are none.
for (const topic of data.topics) {
  topic.share = (100 * topic.conversations) / data.period.conversations;
}
const topicById = new Map(data.topics.map((topic) => [topic.id, topic]));

const childrenOf = new Map();
for (const topic of data.topics) {
  const parent = topicById.has(topic.parent) ? topic.parent : null;
  if (!childrenOf.has(parent)) childrenOf.set(parent, []);
  childrenOf.get(parent).push(topic);
}
const kids = (id) => childrenOf.get(id) ?? [];
const isGroup = (topic) => childrenOf.has(topic.id);
const leaves = data.topics.filter((topic) => !isGroup(topic));

function ancestors(topic) {
  const line = [];
  for (let up = topicById.get(topic.parent); up; up = topicById.get(up.parent)) line.unshift(up);
  return line;
}
const topOf = (topic) => ancestors(topic)[0] ?? topic;
const pathOf = (topic) => [...ancestors(topic), topic].map(({ name }) => name).join(" › ");

// Oldest first, so that a group keeps its colour from one period to the next.
const COLOURS = 8;
const colourOrder = [...kids(null)].sort(
  (a, b) => compare(a.firstPeriod, b.firstPeriod) || compare(a.id, b.id),
);
const colourIndex = new Map(colourOrder.map((topic, index) => [topic.id, index]));

// Past the eighth group colours come round again, as rings instead of discs.
function colourOf(topic) {
  const index = colourIndex.get(topOf(topic).id);
  return { index: index % COLOURS, ring: index >= COLOURS };
}
function colourClass(topic) {
  const { index, ring } = colourOf(topic);
  return `c${index}${ring ? " ring" : ""}`;
}

// What the rule of rounding says of one published figure (docs/warehouse.md).
function roundingOf(topic) {
  if (isGroup(topic)) return `a sum of figures rounded to ${data.rounding}`;
  return `rounded to ${data.rounding}, within ${1.5 * Number(data.rounding)} of the true count`;
}

// The topics nearest on the map among those of the same kind; only distances mean something.
function nearest(topic, count) {
  const near = isGroup(topic) ? kids(topicById.has(topic.parent) ? topic.parent : null) : leaves;
  return near
    .filter((other) => other !== topic)
    .map((other) => ({ other, far: Math.hypot(other.x - topic.x, other.y - topic.y) }))
    .filter(({ far }) => Number.isFinite(far))
    .sort((a, b) => a.far - b.far || compare(a.other.id, b.other.id))
    .slice(0, count)
    .map(({ other }) => other);
}
