// One state, the chosen topic; every view is drawn from it, and the address remembers it.

const state = { selected: null };
const narrow = matchMedia("(max-width: 760px)");

function select(id) {
  state.selected = topicById.has(id) ? id : null;
  const fragment = state.selected === null ? "" : `#${encodeURIComponent(state.selected)}`;
  history.replaceState(null, "", location.pathname + location.search + fragment);
  show();
  // On a phone the panel lies below the fold, so the choice has to lead there.
  if (narrow.matches && state.selected !== null) {
    panel.scrollIntoView({ block: "start" });
    panel.focus({ preventScroll: true });
  }
}

function show() {
  if (state.selected === null) drawTree();
  else reveal(topicById.get(state.selected));
  markOnMap();
  drawPanel();
}

function fromAddress() {
  const known = data.topics.find((topic) => `#${encodeURIComponent(topic.id)}` === location.hash);
  state.selected = known?.id ?? null;
}

if (data.topics.length) {
  fromAddress();
  document.body.classList.toggle("first", data.previous === null);
  document.getElementById("change-column").hidden = !data.previous;
  drawMovers();
  drawMap();
  show();
  drawLanguages();
  listenToTree();
  listenToMap();
  addEventListener("hashchange", () => {
    fromAddress();
    show();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.selected !== null) select(null);
  });
  addEventListener("beforeprint", () => {
    groups.forEach((topic) => open.add(topic.id));
    drawTree();
  });
}
