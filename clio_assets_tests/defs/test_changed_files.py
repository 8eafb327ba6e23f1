"""The sensor for the source: what a file that changes or comes late sets going."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from clio_assets_tests.defs.pipelines import (
    DAYS,
    FIRST,
    SECOND,
    THIRD,
    clio_of,
    definitions_of,
    settings_at,
)


class Sensor:
    """The sensor on a folder of logs; each tick hands its cursor on to the next."""

    def __init__(self, root: Path, **changes: Any) -> None:
        self.folder = root / "source"
        self.folder.mkdir()
        self._definitions = definitions_of(settings_at(root, **changes))
        self._sensor = self._definitions.resolve_sensor_def("changed_files")
        self.cursor: str | None = None

    def write(self, name: str, text: str) -> None:
        """Write a file; its time is part of what the sensor sees, so it must differ."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(len(text), len(text)))

    def requests(self) -> list[dg.RunRequest]:
        """One tick."""
        context = dg.build_sensor_context(
            instance=dg.DagsterInstance.ephemeral(),
            cursor=self.cursor,
            definitions=self._definitions,
            resources={"clio": clio_of(self._definitions)},
        )
        data = self._sensor.evaluate_tick(context)
        self.cursor = data.cursor
        return list(data.run_requests or [])

    def tick(self) -> list[str | None]:
        """Partition keys asked for."""
        return [request.partition_key for request in self.requests()]


def test_the_first_tick_only_takes_note(tmp_path: Path) -> None:
    sensor = Sensor(tmp_path)
    sensor.write(f"{FIRST}.jsonl", "a")
    assert sensor.tick() == []
    assert set(json.loads(sensor.cursor or "")) == set(DAYS)
    assert sensor.tick() == []


def test_a_changed_file_runs_its_day_once(tmp_path: Path) -> None:
    sensor = Sensor(tmp_path)
    for day in DAYS:
        sensor.write(f"{day}.jsonl", "a")
    sensor.tick()
    sensor.write(f"{SECOND}.jsonl", "aa")
    assert sensor.tick() == [SECOND]
    assert sensor.tick() == []


@pytest.mark.parametrize("earlier", [[], [SECOND]], ids=["its first file", "one more"])
def test_a_late_file_runs_its_day(tmp_path: Path, earlier: list[str]) -> None:
    sensor = Sensor(tmp_path)
    sensor.write(f"{FIRST}.jsonl", "a")
    for day in earlier:
        sensor.write(f"{day}.jsonl", "a")
    sensor.tick()
    sensor.write(f"{SECOND}-late.jsonl", "aaa")
    assert sensor.tick() == [SECOND]
    assert sensor.tick() == []


def test_logs_that_are_rotated_away_run_nothing(tmp_path: Path) -> None:
    sensor = Sensor(tmp_path)
    for day in DAYS:
        sensor.write(f"{day}.jsonl", "a")
    sensor.tick()
    (sensor.folder / f"{FIRST}.jsonl").unlink()
    assert sensor.tick() == []


def test_a_day_that_just_ended_is_left_to_the_schedule(tmp_path: Path) -> None:
    sensor = Sensor(tmp_path)
    for day in DAYS:
        sensor.write(f"{day}.jsonl", "a")
    sensor.tick()
    seen = json.loads(sensor.cursor or "")
    del seen[THIRD]
    sensor.cursor = json.dumps(seen)
    assert sensor.tick() == []
    sensor.write(f"{THIRD}.jsonl", "aa")
    assert sensor.tick() == [THIRD]


def test_files_outside_the_source_s_days_run_nothing(tmp_path: Path) -> None:
    sensor = Sensor(tmp_path)
    sensor.write(f"{FIRST}.jsonl", "a")
    sensor.tick()
    sensor.write("2025-08-30.jsonl", "aa")
    sensor.write("2025-09-03.jsonl", "aa")
    assert sensor.tick() == []


def test_an_undated_file_may_hold_any_day(tmp_path: Path) -> None:
    sensor = Sensor(tmp_path)
    sensor.write("log.jsonl", "a")
    assert sensor.tick() == []
    sensor.write("log.jsonl", "aa")
    assert sensor.tick() == DAYS
    assert sensor.tick() == []


def test_the_same_change_asks_with_the_same_run_key(tmp_path: Path) -> None:
    """A tick that is lost after its requests were sent must not run the day twice."""
    sensor = Sensor(tmp_path)
    sensor.write(f"{FIRST}.jsonl", "a")
    sensor.tick()
    before = sensor.cursor
    sensor.write(f"{FIRST}.jsonl", "aa")
    (first,) = sensor.requests()
    sensor.cursor = before
    (again,) = sensor.requests()
    assert first.run_key == again.run_key
    assert FIRST in str(first.run_key)
