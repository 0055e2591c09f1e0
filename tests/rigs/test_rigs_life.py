"""The life of connections: nothing is left behind, however often a port goes and comes."""

import os
import threading
from random import Random

import pytest

from payload.errors import PortError
from payload.model import Rig
from payload.rigs import Bench
from payload.rigs.ports.backoff import Backoff
from payload.rigs.stations.station import Station
from reconnects import Left, benches, beyond, replugs, standing

TIMES = int(os.environ.get("PAYLOAD_RECONNECTS", "300"))


def test_many_replugs_leave_no_descriptor_and_no_thread(tmp_path):
    replugs(2, tmp_path)
    before = standing()
    ups, fresh, names = replugs(TIMES, tmp_path)
    assert beyond(before) == Left(0, 0)
    assert (ups, fresh) == (TIMES, 1), "the same boot and session each time but the first"
    assert len(names) > 1
    assert list(tmp_path.iterdir()) == []


def test_many_benches_leave_no_descriptor_and_no_thread(tmp_path):
    benches(2, tmp_path)
    before = standing()
    benches(TIMES // 10, tmp_path)
    assert beyond(before) == Left(0, 0)


def test_pauses_double_up_to_their_bound_and_start_again():
    backoff = Backoff()
    assert [backoff.next_ms() for _ in range(7)] == [50, 100, 200, 400, 800, 1_000, 1_000]
    backoff.start_again()
    assert backoff.next_ms() == 50
    spread = [Backoff(1_000, 1_000, Random(seed)).next_ms() for seed in range(50)]
    assert all(750 <= pause <= 1_000 for pause in spread)
    assert len(set(spread)) > 20
    with pytest.raises(ValueError, match="the first pause is above 0 and at most 10 ms, not 20"):
        Backoff(20, 10)


def test_stuck_rigs_are_given_up_side_by_side(tmp_path, monkeypatch):
    """Each waits for the others: one after the other none would ever be retired."""
    rigs = {name: Rig(name, "camera", "twin:") for name in ("one", "two", "three")}
    together = threading.Barrier(len(rigs), timeout=30)
    retire = Station.retire

    def wait_and_retire(station):
        together.wait()
        retire(station)

    monkeypatch.setattr(Station, "retire", wait_and_retire)
    with Bench(rigs, folder=tmp_path):
        pass
    assert not together.broken


def test_a_rig_that_cannot_be_retired_does_not_keep_the_others_from_it(tmp_path, monkeypatch):
    rigs = {name: Rig(name, "camera", "twin:") for name in ("one", "two")}
    threads = threading.active_count()
    retire = Station.retire

    def retire_or_fail(station):
        retire(station)
        if station.rig.id == "one":
            raise PortError("one", "cannot be closed")

    monkeypatch.setattr(Station, "retire", retire_or_fail)
    with pytest.raises(PortError, match="rig one: cannot be closed"), Bench(rigs, folder=tmp_path):
        pass
    assert threading.active_count() == threads
