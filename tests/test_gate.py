"""The shipped models are as good on validation data as they have ever been; `python -m train gate` raises the floors."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from train import gate


@pytest.fixture
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("one_thread")
def test_no_figure_has_fallen(shared_data: Path) -> None:
    floors, found = gate.floors(), gate.measure(shared_data)
    assert set(floors) == set(found)
    fallen = {name: (round(found[name], 4), floor) for name, floor in floors.items() if found[name] < floor}
    assert not fallen, f"(measured, floor): {fallen}"
