import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real texts, books and music, or skip: it may not be redistributed."""
    folder = Path(os.environ.get("SCORER_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "README.md").is_file():
        pytest.skip("needs the data folder (set SCORER_DATA)")
    return folder
