// The map: one point a released topic, area by size. Groups are pale discs behind their topics.

const map = document.getElementById("map");
const placedTopics = data.topics.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));

function drawMap() {
  const width = Math.max(280, map.clientWidth);
  const height = Math.max(300, map.clientHeight);
  const nodes = layOut(width, height);
  const leaves = nodes.filter((node) => !node.group);
  const at = new Map(nodes.map((node) => [node.topic.id, node]));
  const picture = svg("svg", {
    width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Map of topics",
  });
  picture.append(
    svg("g", { class: "halos" }, nodes.filter((node) => node.group).map((node) => disc(node, "halo"))),
    svg("g", { class: "spokes" }, nodes.map((node) => spoke(node, at.get(node.topic.parent)))),
    svg("g", { class: "discs" }, leaves.map((node) => disc(node, "disc"))),
    svg("g", { class: "labels", "aria-hidden": "true" }, labels(nodes, leaves, width, height)),
    svg("g", { class: "tip", "aria-hidden": "true" }),
  );
  map.replaceChildren(picture);
  markOnMap();
}

// Areas in proportion to counts, by one scale for topics and groups; a leaf keeps at least 4 px.
function layOut(width, height) {
  const parts = placedTopics.filter((topic) => !kids(topic.id).length);
  const total = Math.max(1, parts.reduce((sum, topic) => sum + topic.conversations, 0));
  const biggest = Math.max(1, ...parts.map((topic) => topic.conversations));
  const most = Math.min(width, height) / 9;
  const scale = Math.min((0.1 * width * height) / (Math.PI * total), (most * most) / biggest);
  const margin = { x: Math.min(104, width / 5), y: 46 };
  const across = stretch(placedTopics.map((topic) => topic.x), margin.x, width - margin.x);
  const down = stretch(placedTopics.map((topic) => topic.y), height - margin.y, margin.y);
  const nodes = placedTopics.map((topic) => ({
    topic, group: kids(topic.id).length > 0, x: across(topic.x), y: down(topic.y),
    r: Math.max(4, Math.sqrt(scale * topic.conversations)),
  }));
  pushApart(nodes.filter((node) => !node.group), width, height);
  return nodes;
}

function stretch(values, from, to) {
  const low = Math.min(...values);
  const span = Math.max(...values) - low;
  return (value) => (span > 0 ? from + ((value - low) / span) * (to - from) : (from + to) / 2);
}

// Discs that lie over each other hide one another, so they are moved the least that shows them.
function pushApart(nodes, width, height) {
  for (let round = 0; round < 80; round += 1) {
    for (let i = 0; i < nodes.length; i += 1) {
      for (let j = i + 1; j < nodes.length; j += 1) {
        const [a, b] = [nodes[i], nodes[j]];
        const dx = b.x - a.x || 0.01 * (j - i);
        const dy = b.y - a.y || 0.01;
        const apart = Math.hypot(dx, dy);
        const lack = (a.r + b.r + 3 - apart) / 2;
        if (lack <= 0) continue;
        a.x -= (dx / apart) * lack;
        a.y -= (dy / apart) * lack;
        b.x += (dx / apart) * lack;
        b.y += (dy / apart) * lack;
      }
    }
    for (const node of nodes) {
      node.x = Math.min(width - node.r - 2, Math.max(node.r + 2, node.x));
      node.y = Math.min(height - node.r - 2, Math.max(node.r + 2, node.y));
    }
  }
}

function disc(node, kind) {
  const { topic } = node;
  return svg("circle", {
    class: `${kind} ${colourClass(topic)}`, cx: node.x, cy: node.y, r: node.r, tabindex: -1,
    role: "button", "aria-label": `${topic.name}: ${number(topic.conversations)} conversations`,
    "data-topic": topic.id,
  });
}

function spoke(node, parent) {
  if (!parent) return null;
  return svg("line", {
    class: colourClass(node.topic), "data-topic": node.topic.id,
    x1: parent.x, y1: parent.y, x2: node.x, y2: node.y,
  });
}

function labels(nodes, leaves, width, height) {
  const family = getComputedStyle(map).fontFamily;
  const room = width < 480 ? 96 : 128;
  const wanted = [...nodes]
    .sort((a, b) => b.group - a.group || b.topic.conversations - a.topic.conversations)
    .map((node) => (node.group ? aroundLeaves(node, leaves, width, height) : node))
    .filter(Boolean)
    .map((node) => {
      const font = `${node.group ? "600 12px" : "11.5px"} ${family}`;
      return { ...node, font, room, text: node.topic.name };
    });
  return placeLabels(wanted, leaves, width, height).map((label) =>
    svg(
      "text",
      {
        class: label.node.group ? "group" : "", "text-anchor": label.anchor,
        "data-topic": label.node.topic.id,
      },
      linesOf(label.lines, label.x, label.y),
    ),
  );
}

// A group is named beside all of its discs, and not at all where they are strewn over the map.
function aroundLeaves(node, leaves, width, height) {
  const own = leaves.filter((leaf) => topOf(leaf.topic) === node.topic);
  if (!own.length) return null;
  const left = Math.min(...own.map((leaf) => leaf.x - leaf.r));
  const right = Math.max(...own.map((leaf) => leaf.x + leaf.r));
  const top = Math.min(...own.map((leaf) => leaf.y - leaf.r));
  const bottom = Math.max(...own.map((leaf) => leaf.y + leaf.r));
  if (right - left > 0.55 * width || bottom - top > 0.55 * height) return null;
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  return { ...node, ...middle, rx: (right - left) / 2, ry: (bottom - top) / 2 };
}

function markOnMap() {
  const chosen = state.selected === null ? null : topicById.get(state.selected);
  const group = chosen && topOf(chosen);
  map.classList.toggle("choosing", chosen !== null);
  for (const mark of map.querySelectorAll("[data-topic]")) {
    const topic = topicById.get(mark.dataset.topic);
    mark.classList.toggle("chosen", topic === chosen && mark.tagName === "circle");
    mark.classList.toggle("kin", chosen !== null && topOf(topic) === group);
    if (mark.tagName === "circle") mark.setAttribute("tabindex", -1);
  }
  const entry = map.querySelector(".chosen") ?? map.querySelector(".disc");
  entry?.setAttribute("tabindex", 0);
  nameDisc(map.querySelector(".chosen"));
}

// The name beside one disc, whether or not there was room for its label.
function nameDisc(mark) {
  const tip = map.querySelector(".tip");
  tip.replaceChildren();
  const labels = [...map.querySelectorAll(".labels text")];
  labels.forEach((label) => label.removeAttribute("hidden"));
  if (!mark) return;
  const topic = topicById.get(mark.dataset.topic);
  const discs = [...map.querySelectorAll(".disc")].map(circleOf);
  const box = wrapped(topic.name, `600 12px ${getComputedStyle(map).fontFamily}`, 150);
  const spots = placements(circleOf(mark), box)
    .map((spot) => ({ ...spot, right: spot.left + box.width, bottom: spot.top + box.height }))
    .filter((spot) => spot.left > 0 && spot.right < map.clientWidth)
    .filter((spot) => spot.top > 0 && spot.bottom < map.clientHeight);
  const spot = spots.find((area) => !discs.some((disc) => touches(disc, area))) ?? spots[0];
  if (!spot) return;
  const x = { start: spot.left, middle: spot.left + box.width / 2, end: spot.right }[spot.anchor];
  tip.append(svg("text", { "text-anchor": spot.anchor }, linesOf(box.lines, x, spot.top)));
  for (const label of labels) {
    const covered = overlaps(edges(label.getBBox()), edges(tip.getBBox()));
    if (covered || label.dataset.topic === topic.id) label.setAttribute("hidden", "");
  }
}

const linesOf = (lines, x, top) =>
  lines.map((line, index) => svg("tspan", { x, y: top + LINE * (index + 0.8) }, line));

function circleOf(mark) {
  const [x, y, r] = ["cx", "cy", "r"].map((key) => Number(mark.getAttribute(key)));
  return { x, y, r };
}

function edges({ x, y, width, height }) {
  return { left: x, right: x + width, top: y, bottom: y + height };
}

// Arrow keys go to the nearest disc that lies that way.
const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
function neighbour(mark, [wayX, wayY]) {
  const { x, y } = circleOf(mark);
  let best = null;
  for (const other of map.querySelectorAll(".disc")) {
    const there = circleOf(other);
    const [dx, dy] = [there.x - x, there.y - y];
    const along = dx * wayX + dy * wayY;
    const aside = Math.abs(dx * wayY) + Math.abs(dy * wayX);
    if (other === mark || along <= 1 || aside > 2 * along) continue;
    if (!best || along + aside < best.cost) best = { other, cost: along + aside };
  }
  return best?.other;
}

function listenToMap() {
  map.addEventListener("click", (event) => {
    const mark = event.target.closest("circle");
    select(mark ? mark.dataset.topic : null);
  });
  map.addEventListener("keydown", (event) => {
    const mark = event.target.closest("[data-topic]");
    if (!mark) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      const id = mark.dataset.topic;
      select(id);
      map.querySelector(`[data-topic="${CSS.escape(id)}"]`).focus();
    } else if (WAYS[event.key]) {
      event.preventDefault();
      neighbour(mark, WAYS[event.key])?.focus();
    }
  });
  const pointAt = (event) => nameDisc(event.target.closest("circle") ?? map.querySelector(".chosen"));
  map.addEventListener("pointerover", pointAt);
  map.addEventListener("focusin", pointAt);
  map.addEventListener("pointerleave", () => nameDisc(map.querySelector(".chosen")));
  let width = 0;
  new ResizeObserver(() => {
    if (map.clientWidth === width) return;
    width = map.clientWidth;
    drawMap();
  }).observe(map);
}
