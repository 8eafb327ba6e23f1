// How one moves about the map: wheel, drag, pinch, buttons and keys.

const STEP = 1.5;
const CLICK = 5;
const touching = new Map();
let travelled = 0;

function moved() {
  state.at = partInView();
  remember();
  map.classList.toggle("near", camera.zoom > 1);
  drawMap();
}

const pointOf = (event) => {
  const box = canvas.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
};

// The topmost disc under a point, with some room for a finger.
function topicAt({ x, y }, slack = 3) {
  let best = null;
  for (const one of picture.drawn) {
    const far = Math.hypot(one.x - x, one.y - y) - one.r;
    if (far > slack || !wanted.has(one.topic)) continue;
    if (!best || Math.max(far, 0) < best.far || (far <= 0 && one.r < best.r)) {
      best = { far: Math.max(far, 0), r: one.r, id: one.topic.id };
    }
  }
  const label = picture.labels.find(({ area }) =>
    x > area.left && x < area.right && y > area.top && y < area.bottom);
  return best?.id ?? label?.candidate.topic.id ?? null;
}

function point(id) {
  if (id === pointed) return;
  pointed = id;
  canvas.style.cursor = id === null ? "" : "pointer";
  drawMap();
}

// Brings a topic into view: near enough that it is drawn by itself, and not at the very edge.
function bring(topic) {
  const node = nodeOf.get(topic.id);
  if (!node) return;
  const above = nodeOf.get(topic.parent);
  const opened = !above?.spread || leaves.length <= FEW ? 1 : (1.1 * OPENS) / (above.spread * camera.fit);
  const { x, y } = onScreen(node);
  const inside = x > 40 && x < camera.width - 40 && y > 40 && y < camera.height - 40;
  if (inside && camera.zoom >= opened) return drawMap();
  fly({ x: node.x, y: node.y, zoom: Math.min(CLOSEST, Math.max(camera.zoom, opened)) });
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");
let flight = 0;
function fly(to) {
  const from = { x: camera.x, y: camera.y, zoom: camera.zoom };
  const began = performance.now();
  const lasts = calm.matches ? 0 : 320;
  const mine = (flight += 1);
  const frame = () => {
    if (mine !== flight) return;
    const done = lasts ? Math.min(1, (performance.now() - began) / lasts) : 1;
    const eased = 1 - (1 - done) ** 3;
    camera.zoom = from.zoom * (to.zoom / from.zoom) ** eased;
    // Keeps the way straight on screen while the scale changes.
    const part = to.zoom === from.zoom ? eased : (1 - from.zoom / camera.zoom) / (1 - from.zoom / to.zoom);
    camera.x = from.x + (to.x - from.x) * part;
    camera.y = from.y + (to.y - from.y) * part;
    // Powers of a fraction fall short of the end by a hair, which would not be the whole map.
    if (done === 1) Object.assign(camera, to);
    drawMapNow();
    if (done < 1) requestAnimationFrame(frame);
    else moved();
  };
  frame();
}

// Keys and buttons point nowhere, so they come nearer to what is chosen, else to what lies next to
// the middle: never into emptiness.
function zoomStep(factor) {
  flight += 1;
  const middle = { x: camera.width / 2, y: camera.height / 2 };
  const far = ({ x, y }) => Math.hypot(x - middle.x, y - middle.y);
  const meant = standsFor(pointed ?? state.selected, picture.drawn, picture.opened);
  const inside = meant && meant.x > 0 && meant.x < camera.width && meant.y > 0 && meant.y < camera.height;
  const nearest = picture.drawn.reduce((best, one) => (best && far(best) <= far(one) ? best : one), null);
  const at = inside ? meant : nearest ?? middle;
  zoomBy(factor, { x: at.x, y: at.y });
  moved();
}

// Arrow keys go to the nearest topic that lies that way.
const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
function neighbour(from, [wayX, wayY]) {
  let best = null;
  for (const one of picture.drawn) {
    const [dx, dy] = [one.x - from.x, one.y - from.y];
    const along = dx * wayX + dy * wayY;
    const aside = Math.abs(dx * wayY) + Math.abs(dy * wayX);
    if (one.topic === from.topic || along <= 1 || aside > 2 * along || !wanted.has(one.topic)) continue;
    if (!best || along + aside < best.cost) best = { one, cost: along + aside };
  }
  return best?.one.topic;
}

function walk(way) {
  const from = standsFor(pointed ?? state.selected, picture.drawn, picture.opened);
  const middle = { x: camera.width / 2, y: camera.height / 2, topic: null };
  const next = from ? neighbour(from, way) : neighbour(middle, way) ?? picture.drawn[0]?.topic;
  if (!next) return;
  point(next.id);
  byId("spoken").textContent =
    `${next.name}: ${number(next.conversations)} conversations, ${percent(next.share)} of the period`
    + (isGroup(next) ? `, a group of ${plural(kids(next.id).length, "topic")}` : "");
  const { x, y } = onScreen(nodeOf.get(next.id));
  if (x < 20 || y < 20 || x > camera.width - 20 || y > camera.height - 20) {
    panBy(camera.width / 2 - x, camera.height / 2 - y);
    moved();
  }
}

function onMapKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const far = 80;
  const keys = {
    "+": () => zoomStep(STEP), "=": () => zoomStep(STEP), "-": () => zoomStep(1 / STEP),
    0: () => fly({ x: extent.x, y: extent.y, zoom: 1 }),
    Enter: () => select(pointed), " ": () => select(pointed),
  };
  const way = WAYS[event.key];
  if (!way && !keys[event.key]) return;
  event.preventDefault();
  if (!way) return keys[event.key]();
  if (!event.shiftKey) return walk(way);
  panBy(-far * way[0], -far * way[1]);
  moved();
}

function onWheel(event) {
  // Where there is nothing further out, the page scrolls on.
  if (event.deltaY > 0 && camera.zoom === 1) return;
  event.preventDefault();
  flight += 1;
  const unit = event.deltaMode === 1 ? 16 : 1;
  zoomBy(Math.exp(-Math.max(-120, Math.min(120, event.deltaY * unit)) / 260), pointOf(event));
  moved();
}

function onPointerMove(event) {
  if (!touching.has(event.pointerId)) {
    if (event.pointerType === "mouse") point(topicAt(pointOf(event)));
    return;
  }
  const was = [...touching.values()];
  const before = touching.get(event.pointerId);
  const now = pointOf(event);
  touching.set(event.pointerId, now);
  travelled += Math.hypot(now.x - before.x, now.y - before.y);
  if (travelled < CLICK) return;
  if (touching.size === 2) {
    const [a, b] = [...touching.values()];
    const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    const apart = (pair) => Math.max(1, Math.hypot(pair[0].x - pair[1].x, pair[0].y - pair[1].y));
    zoomBy(apart([a, b]) / apart(was), middle);
  }
  panBy((now.x - before.x) / touching.size, (now.y - before.y) / touching.size);
  moved();
}

function onPointerDown(event) {
  if (event.button !== 0) return;
  flight += 1;
  if (!touching.size) travelled = 0;
  touching.set(event.pointerId, pointOf(event));
  canvas.setPointerCapture?.(event.pointerId);
}

function onPointerUp(event) {
  if (!touching.delete(event.pointerId) || travelled >= CLICK) return;
  if (event.type === "pointerup") select(topicAt(pointOf(event), event.pointerType === "mouse" ? 3 : 14));
}

function listenToMap() {
  canvas.addEventListener("wheel", onWheel, { passive: false });
  canvas.addEventListener("pointerdown", onPointerDown);
  canvas.addEventListener("pointermove", onPointerMove);
  canvas.addEventListener("pointerup", onPointerUp);
  canvas.addEventListener("pointercancel", onPointerUp);
  canvas.addEventListener("pointerleave", () => point(null));
  canvas.addEventListener("dblclick", (event) => {
    zoomBy(2, pointOf(event));
    moved();
  });
  map.addEventListener("keydown", onMapKey);
  map.addEventListener("blur", () => point(null));
  byId("nearer").addEventListener("click", () => zoomStep(STEP));
  byId("farther").addEventListener("click", () => zoomStep(1 / STEP));
  byId("all").addEventListener("click", () => fly({ x: extent.x, y: extent.y, zoom: 1 }));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    readColours();
    drawMap();
  });
  // A canvas tells nobody what it shows, so the element does.
  canvas.shown = () => ({
    labels: picture.labels.map(({ candidate, area }) => ({ id: candidate.topic.id, text: candidate.text, ...area })),
    discs: picture.drawn.map(({ topic, x, y, r, group }) => ({ id: topic.id, x, y, r, group })),
    zoom: camera.zoom,
  });
  new ResizeObserver(() => {
    if (!map.clientWidth || !map.clientHeight) return;
    measure(map.clientWidth, map.clientHeight);
    drawMapNow();
  }).observe(map);
}
