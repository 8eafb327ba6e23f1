// The map: a disc a topic, its area by size. A group is one disc from afar and opens into its
// topics as one comes near; what colour stands for is the overlay's.

const map = byId("map");
const canvas = byId("canvas");
const ink = canvas?.getContext("2d");
const FEW = 160;
const CROWD = 350;
const OPENS = 34;
const REACH = 17;
// Where the zoom buttons lie over the picture.
const BUTTONS = () => ({ left: camera.width - 48, right: camera.width, top: 0, bottom: 112 });

const nodes = placed.map((topic) => ({ topic, x: topic.x, y: topic.y, parts: [], spread: 0 }));
const nodeOf = new Map(nodes.map((node) => [node.topic.id, node]));
const tops = nodes.filter(({ topic }) => !nodeOf.has(topic.parent));
for (const node of nodes) nodeOf.get(node.topic.parent)?.parts.push(node);
tops.forEach(settle);
const biggest = Math.max(1, ...leaves.map((topic) => topic.conversations));
const together = Math.max(1, leaves.reduce((sum, topic) => sum + topic.conversations, 0));

// A group lies in the middle of its topics and reaches as far as most of them do.
function settle(node) {
  if (!node.parts.length) return [node];
  const under = node.parts.flatMap(settle);
  const mean = (figure) => under.reduce((sum, one) => sum + figure(one), 0) / under.length;
  node.x = mean((one) => one.x);
  node.y = mean((one) => one.y);
  node.spread = Math.sqrt(mean((one) => (one.x - node.x) ** 2 + (one.y - node.y) ** 2));
  return under;
}

// The squared radius for one conversation, in the release's units, at which three in four topics
// lie clear of the topic nearest to them. Of many, where overlaps cannot be helped, nothing is asked.
function clearance() {
  if (leaves.length > FEW) return Infinity;
  const own = nodes.filter(({ parts }) => !parts.length);
  const clear = own.map((one) => Math.min(...own.filter((other) => other !== one).map((other) =>
    ((one.x - other.x) ** 2 + (one.y - other.y) ** 2)
      / (Math.sqrt(one.topic.conversations) + Math.sqrt(other.topic.conversations)) ** 2)));
  return clear.sort((a, b) => a - b)[Math.floor(clear.length / 4)] ?? Infinity;
}
const clear = clearance();

// Areas in proportion to counts, by one scale for topics and groups; a dot stays one can see.
function radii() {
  const { width, height, zoom } = camera;
  const most = Math.min(width, height) / 11;
  const share = (part) => (part * width * height) / (Math.PI * together);
  const scale = Math.min(
    share(0.1), (most * most) / biggest, Math.max(share(0.03), clear * camera.fit ** 2));
  const near = zoom ** 0.4;
  const least = leaves.length > 1000 ? 1.7 : leaves.length > FEW ? 2.5 : 4;
  return (topic) => Math.max(least, Math.sqrt(scale * topic.conversations)) * near;
}

// What is drawn: topics, and groups still too small to open. `opened` are the groups that did.
function inView() {
  const radius = radii();
  const drawn = [];
  const opened = [];
  const scale = pixels();
  const { width, height } = camera;
  const visit = (node) => {
    const at = onScreen(node);
    const reach = 2.5 * node.spread * scale + 60;
    if (at.x < -reach || at.x > width + reach || at.y < -reach || at.y > height + reach) return;
    const opens = node.parts.length && (leaves.length <= FEW || node.spread * scale > OPENS);
    if (opens) {
      opened.push({ ...at, node, topic: node.topic, r: node.spread * scale });
      node.parts.forEach(visit);
    } else {
      drawn.push({ ...at, node, topic: node.topic, r: radius(node.topic), group: node.parts.length > 0 });
    }
  };
  tops.forEach(visit);
  drawn.sort((a, b) => b.r - a.r);
  return { drawn, opened };
}

let picture = { drawn: [], opened: [], labels: [] };
let pointed = null;
let scale = groupScale();
let colours = {};

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["pane", "ink", "soft", "line", "accent", "new"];
  for (const letter of ["c", "d", "s"]) for (let at = 0; at < COLOURS; at += 1) names.push(letter + at);
  colours = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  colours.hollow = colours.soft;
  colours.family = getComputedStyle(map).fontFamily;
  written.clear();
}

let waiting = false;
function drawMap() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    drawMapNow();
  });
}

function drawMapNow() {
  const dense = Math.min(2, devicePixelRatio || 1);
  const [width, height] = [Math.round(camera.width * dense), Math.round(camera.height * dense)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  picture = paint(ink, dense);
}

function paint(context, dense) {
  const { drawn, opened } = inView();
  context.setTransform(dense, 0, 0, dense, 0, 0);
  context.globalAlpha = 1;
  context.fillStyle = colours.pane;
  context.fillRect(0, 0, camera.width, camera.height);
  const lit = lighting();
  if (drawn.length <= CROWD) territories(context, drawn, lit);
  discs(context, drawn, lit);
  const marked = [...new Set([pointed, state.selected])].map((id) => standsFor(id, drawn, opened)).filter(Boolean);
  for (const one of marked) mark(context, one);
  const labels = nameThem(drawn, opened, lit, marked);
  write(context, labels, dense);
  return { drawn, opened, labels };
}

// Filtered out is faint; beside a choice its own group stays in full light, where colour is the
// group: any other scale has to be read alike everywhere.
function lighting() {
  const topic = state.colour === "group" ? chosen() : null;
  const group = topic && topOf(topic);
  return (other) => (!wanted.has(other) ? 0.1 : group && topOf(other) !== group ? 0.45 : 1);
}

// Pale ground around the discs of one group, drawn as one shape so that it is even.
function territories(context, drawn, lit) {
  const grounds = new Map();
  for (const one of drawn) {
    if (lit(one.topic) < 0.2) continue;
    const { index } = colourOf(one.topic);
    const key = state.colour === "group" ? `c${index}` : "soft";
    if (!grounds.has(key)) grounds.set(key, []);
    grounds.get(key).push(one);
  }
  for (const [key, members] of grounds) {
    context.globalAlpha = key === "soft" ? 0.08 : 0.1;
    context.fillStyle = colours[key];
    context.beginPath();
    for (const { x, y, r } of members) {
      context.moveTo(x + r + REACH, y);
      context.arc(x, y, r + REACH, 0, 7);
    }
    context.fill();
  }
}

// Discs of one look are one path: thousands cost a handful of strokes.
function discs(context, drawn, lit) {
  const looks = new Map();
  for (const one of drawn) {
    const step = scale.stepOf(one.topic);
    const alpha = lit(one.topic);
    // Big ones overlap, so they keep their order: one path for each power of two.
    const size = Math.round(Math.log2(one.r));
    const key = `${step.colour}|${step.ring}|${alpha}|${size}`;
    if (!looks.has(key)) looks.set(key, { step, alpha, size, members: [] });
    looks.get(key).members.push(one);
  }
  for (const { step, alpha, size, members } of [...looks.values()].sort((a, b) => b.size - a.size)) {
    context.globalAlpha = alpha;
    const outline = size >= 2 && drawn.length <= CROWD;
    context.beginPath();
    for (const { x, y, r } of members) {
      context.moveTo(x + r, y);
      context.arc(x, y, r, 0, 7);
    }
    context.fillStyle = step.ring ? colours.pane : colours[step.colour];
    context.fill();
    context.strokeStyle = step.ring ? colours[step.colour] : colours.pane;
    context.lineWidth = step.ring ? (step.colour === HOLLOW ? 1 : 2.5) : 1;
    if (outline || step.ring) context.stroke();
    around(context, members.filter(({ group, r }) => group && r >= 6), colours[step.colour]);
  }
  context.globalAlpha = 1;
}

// A second ring says that there is more inside.
function around(context, members, colour) {
  if (!members.length) return;
  context.beginPath();
  for (const { x, y, r } of members) {
    context.moveTo(x + r + 2.5, y);
    context.arc(x, y, r + 2.5, 0, 7);
  }
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.stroke();
}

function nameThem(drawn, opened, lit, marked) {
  const small = camera.width < 480;
  const few = drawn.length <= FEW;
  const named = new Set(marked.map(({ topic }) => topic));
  const bright = (one) => lit(one.topic) > 0.2 && !named.has(one.topic);
  const sure = marked.map((one) => ({
    ...one, r: Math.min(one.r, 40), sure: true, room: 170, text: topicById.get(one.meant).name,
    font: `600 12px ${colours.family}`,
  }));
  const groups = opened.filter(bright).sort((a, b) => b.r - a.r).map((one) => ({
    ...(few ? aroundParts(one, drawn) : { ...one, centred: true }),
    room: small ? 110 : 160, text: one.topic.name,
    font: `600 ${one.node.topic.parent === null ? 13 : 12}px ${colours.family}`,
  })).filter(({ strewn }) => !strewn);
  const topics = drawn.filter(bright).slice(0, 260).map((one) => ({
    ...one, room: small ? 96 : 128, text: one.topic.name,
    font: `${one.group ? 600 : 400} 11.5px ${colours.family}`,
  }));
  const kept = [];
  for (const { x, y, r } of drawn) {
    if (r >= 4) kept.push({ left: x - r, right: x + r, top: y - r, bottom: y + r, round: { x, y, r } });
  }
  return placeLabels([...sure, ...groups, ...topics], kept, [BUTTONS()], camera, small ? 26 : 60);
}

// Among few discs a group is named beside all of its own, and not at all where they are strewn.
function aroundParts({ topic, node }, drawn) {
  const own = drawn.filter((one) => one.node === node || isUnder(one.node, node));
  if (!own.length) return { topic, node, strewn: true };
  const [left, right] = [Math.min(...own.map(({ x, r }) => x - r)), Math.max(...own.map(({ x, r }) => x + r))];
  const [top, bottom] = [Math.min(...own.map(({ y, r }) => y - r)), Math.max(...own.map(({ y, r }) => y + r))];
  const strewn = right - left > 0.7 * camera.width || bottom - top > 0.7 * camera.height;
  return { topic, node, strewn, x: (left + right) / 2, y: (top + bottom) / 2, r: (bottom - top) / 2, rx: (right - left) / 2 };
}

function isUnder(node, group) {
  for (let up = nodeOf.get(node.topic.parent); up; up = nodeOf.get(up.topic.parent)) if (up === group) return true;
  return false;
}

// A label with its halo is drawn once and then copied: outlines of letters are what costs most.
const written = new Map();
const KEPT = 600;

function write(context, labels, dense) {
  context.setTransform(1, 0, 0, 1, 0, 0);
  for (const { candidate, lines, area } of labels) {
    const key = `${candidate.font}|${candidate.sure}|${dense}|${lines.join("|")}`;
    if (!written.has(key)) {
      if (written.size >= KEPT) written.clear();
      written.set(key, lettering(candidate, lines, area, dense));
    }
    const made = written.get(key);
    context.drawImage(made, Math.round(area.left * dense) - dense, Math.round(area.top * dense) - dense);
  }
  context.setTransform(dense, 0, 0, dense, 0, 0);
}

function lettering({ font, sure }, lines, area, dense) {
  const sheet = document.createElement("canvas");
  sheet.width = Math.ceil((area.right - area.left + 2) * dense);
  sheet.height = Math.ceil((LINE * lines.length + 4) * dense);
  const context = sheet.getContext("2d");
  context.scale(dense, dense);
  Object.assign(context, {
    font, textBaseline: "middle", textAlign: "center", lineJoin: "round",
    strokeStyle: colours.pane, fillStyle: colours.ink, lineWidth: sure ? 5 : 3.5,
  });
  const middle = (area.right - area.left) / 2 + 1;
  lines.forEach((line, at) => {
    const y = 2 + LINE * (at + 0.5);
    context.strokeText(line, middle, y);
    context.fillText(line, middle, y);
  });
  return sheet;
}

// What stands for a topic in this picture: its own disc, its open group, or the group it is in.
function standsFor(id, drawn, opened) {
  for (let topic = topicById.get(id); topic; topic = topicById.get(topic.parent)) {
    const found = drawn.find((one) => one.topic === topic) ?? opened.find((one) => one.topic === topic);
    if (found) return { ...found, meant: id };
  }
  return null;
}

function mark(context, { meant, x, y, r }) {
  context.beginPath();
  context.arc(x, y, r + 2, 0, 7);
  context.strokeStyle = meant === state.selected ? colours.ink : colours.accent;
  context.lineWidth = 2.5;
  context.stroke();
}
