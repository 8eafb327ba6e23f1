// What is drawn when: the first picture from the data block alone, the rest once it stands.

const narrow = matchMedia("(max-width: 760px)");
const VIEW_DRAWN = { map: drawMapView, table: drawTable, compare: drawCompare, languages: drawLanguages };

function select(id) {
  state.selected = topicById.has(id) ? id : null;
  remember(true);
  const topic = chosen();
  if (topic) reveal(topic);
  else markInTree();
  drawPanel();
  if (topic && state.view === "map") bring(topic);
  else drawMap();
  for (const view of [table, comparison, languageView]) markInRows(view);
  // On a phone the panel lies below the fold, so the choice has to lead there.
  if (narrow.matches && topic) {
    panel.scrollIntoView({ block: "start" });
    panel.focus({ preventScroll: true });
  }
}

function show() {
  for (const button of byId("views").children) {
    button.setAttribute("aria-pressed", String(button.dataset.view === state.view));
  }
  byId("explorer").dataset.view = state.view;
  for (const view of document.querySelectorAll("[data-shown-in]")) {
    view.hidden = view.dataset.shownIn !== state.view;
  }
  drawColours();
  drawFilters();
  showFiltered();
  drawPanel();
}

function showFiltered() {
  findWanted();
  const found = wantedLeaves().length;
  byId("matching").textContent = filtering()
    ? `${number(found)} of ${number(leaves.length)}` : plural(leaves.length, "topic");
  byId("unfilter").hidden = !filtering();
  if (chosen()) reveal(chosen());
  drawTree();
  VIEW_DRAWN[state.view]();
}

function drawMapView() {
  scale = scaleNow();
  drawLegend(scale);
  measure(Math.max(1, map.clientWidth), Math.max(1, map.clientHeight));
  viewPart(state.at);
  map.classList.toggle("near", camera.zoom > 1);
  drawMapNow();
}

function listenToBar() {
  byId("views").addEventListener("click", (event) => {
    const button = event.target.closest("[data-view]");
    if (!button || button.dataset.view === state.view) return;
    state.view = button.dataset.view;
    remember(true);
    show();
  });
  byId("colour").addEventListener("change", (event) => {
    state.colour = event.target.value;
    remember(true);
    show();
  });
}

function listenToPage() {
  const again = () => {
    fromAddress();
    show();
  };
  addEventListener("hashchange", again);
  addEventListener("popstate", again);
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select");
    if (event.key === "Escape" && !typing && state.selected !== null) select(null);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      byId("search").focus();
    }
  });
  addEventListener("beforeprint", () => {
    if (data.topics.length <= 200) groups.forEach((topic) => open.add(topic.id));
    drawTree();
  });
}

if (data.topics.length) {
  document.body.classList.toggle("first", data.previous === null);
  byId("change-column").hidden = !data.previous;
  fromAddress();
  readColours();
  drawMovers();
  show();
  listenToTree();
  listenToMap();
  listenToBar();
  listenToFilters();
  listenToExport();
  listenToPage();
  // Two frames on, the first picture is on the screen.
  requestAnimationFrame(() => requestAnimationFrame(async () => {
    if (unpacks) {
      await unpackDetails();
      show();
    }
    document.documentElement.dataset.ready = "";
  }));
}
