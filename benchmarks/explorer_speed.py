"""How fast the report's page is: its first picture, and the work of each frame while one zooms.

python -m benchmarks.explorer_speed [topics …]

A frame's work is what the browser's main thread does for it: from the start of the frame to the
first task after it was painted, drawing handed over included.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.browser import Visit, browser
from clio_assets.release.bundle import write_bundle
from clio_assets_tests.release.marts import write_warehouse

PERIOD = "2026-11-04"
VIEW = {"width": 1400, "height": 900}
_FIRST = """() => new Promise((done) => new PerformanceObserver((list) =>
  done(list.getEntriesByName("first-contentful-paint")[0].startTime)
).observe({ type: "paint", buffered: true }))"""
_ZOOM = """async () => {
  const canvas = document.getElementById("canvas");
  const box = canvas.getBoundingClientRect();
  const discs = canvas.shown().discs;
  const middle = (one) => Math.hypot(one.x - box.width / 2, one.y - box.height / 2);
  const aim = discs.reduce((best, one) => (middle(one) < middle(best) ? one : best));
  const channel = new MessageChannel();
  const work = [];
  let began = 0;
  let painted = null;
  channel.port1.onmessage = () => { work.push(performance.now() - began); painted(); };
  const deltas = [...Array(60).fill(-40), ...Array(60).fill(40), ...Array(40).fill(-60)];
  for (const deltaY of deltas) {
    await new Promise((next) => {
      painted = next;
      canvas.dispatchEvent(new WheelEvent("wheel", { deltaY, bubbles: true, cancelable: true,
        clientX: box.left + aim.x, clientY: box.top + aim.y }));
      // Comes after the page's own request of this frame, and is timed from the frame's start.
      requestAnimationFrame((start) => { began = start; channel.port2.postMessage(0); });
    });
  }
  return { work, most: Math.max(discs.length, canvas.shown().discs.length) };
}"""


def bundle_of(topics: int, folder: Path) -> Path:
    """A bundle of an invented release of so many topics."""
    warehouse = write_warehouse(folder, topics=topics, periods=3, three_levels=topics > 100)
    return write_bundle(warehouse, PERIOD, folder / "bundles").path


def speed_of(chromium: Any, bundle: Path) -> dict[str, float]:
    """First paint and readiness in milliseconds, frames' work while zooming, size in bytes."""
    visit = Visit(chromium, bundle / "index.html", viewport=VIEW)
    page = visit.page
    first = page.evaluate(_FIRST)
    page.wait_for_selector("html[data-ready]", state="attached")
    ready = page.evaluate("performance.now()")
    page.wait_for_timeout(300)
    work = sorted(page.evaluate(_ZOOM)["work"])
    page.close()
    return {
        "first_contentful_paint_ms": round(first),
        "ready_ms": round(ready),
        "frames": len(work),
        "frame_ms_median": round(work[len(work) // 2], 1),
        "frame_ms_95": round(work[int(0.95 * len(work))], 1),
        "frames_under_20_ms": round(sum(one < 20 for one in work) / len(work), 3),
        "bytes": sum(file.stat().st_size for file in bundle.iterdir()),
        "page_bytes": (bundle / "index.html").stat().st_size,
    }


def main() -> int:
    """Print a line for each number of topics."""
    with browser() as chromium, tempfile.TemporaryDirectory() as folder:
        for topics in map(int, sys.argv[1:] or ("14", "500", "5000")):
            path = Path(folder) / str(topics)
            path.mkdir()
            bundle = bundle_of(topics, path)
            began = time.perf_counter()
            print(json.dumps({"topics": topics, **speed_of(chromium, bundle)}), flush=True)
            print(f"  measured in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
