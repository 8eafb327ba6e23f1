// Where each topic lies, and which part of that is in view. Places come from the release and are
// never pushed about for the picture's sake, so that a topic stays where it was a period ago.

const camera = { x: 0, y: 0, zoom: 1, width: 1, height: 1, fit: 1 };
const CLOSEST = 400;
const EDGE = { x: 0.09, y: 0.08 };

const placed = data.topics.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
const extent = bounds(placed.filter((topic) => !isGroup(topic)));

function bounds(topics) {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of topics) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    bottom = Math.min(bottom, y);
    top = Math.max(top, y);
  }
  return { x: (left + right) / 2 || 0, y: (bottom + top) / 2 || 0, width: right - left, height: top - bottom };
}

// One scale for both directions: only distances mean something.
function measure(width, height) {
  Object.assign(camera, { width, height });
  const across = (width * (1 - 2 * EDGE.x)) / extent.width;
  const up = (height * (1 - 2 * EDGE.y)) / extent.height;
  const scale = Math.min(across, up);
  camera.fit = Number.isFinite(scale) && scale > 0 ? scale : 1;
}

const pixels = () => camera.fit * camera.zoom;
const onScreen = ({ x, y }) => ({
  x: (x - camera.x) * pixels() + camera.width / 2,
  y: (camera.y - y) * pixels() + camera.height / 2,
});

function wholeMap() {
  Object.assign(camera, { x: extent.x, y: extent.y, zoom: 1 });
}

// What lies under `point` stays there.
function zoomBy(factor, point = { x: camera.width / 2, y: camera.height / 2 }) {
  const zoom = Math.min(CLOSEST, Math.max(1, camera.zoom * factor));
  const [dx, dy] = [point.x - camera.width / 2, camera.height / 2 - point.y];
  const was = pixels();
  camera.zoom = zoom;
  camera.x += dx / was - dx / pixels();
  camera.y += dy / was - dy / pixels();
  keepInSight();
}

function panBy(dx, dy) {
  camera.x -= dx / pixels();
  camera.y += dy / pixels();
  keepInSight();
}

// The middle of the view never leaves the topics.
function keepInSight() {
  if (camera.zoom === 1) return wholeMap();
  const within = (value, middle, size) => Math.min(middle + size / 2, Math.max(middle - size / 2, value));
  camera.x = within(camera.x, extent.x, extent.width);
  camera.y = within(camera.y, extent.y, extent.height);
}

// The part in view as it stands in the address: middle and zoom, nothing for the whole map.
function partInView() {
  if (camera.zoom === 1) return null;
  return [camera.x.toFixed(3), camera.y.toFixed(3), camera.zoom.toFixed(2)].join(",");
}

function viewPart(text) {
  const [x, y, zoom] = (text ?? "").split(",").map(Number);
  if (![x, y, zoom].every(Number.isFinite)) return wholeMap();
  Object.assign(camera, { x, y, zoom: Math.min(CLOSEST, Math.max(1, zoom)) });
  keepInSight();
}
