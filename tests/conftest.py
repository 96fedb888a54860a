"""Fixtures that every room's tests share."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

# How long an example takes depends on what else the machine does; a test never judges that.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a generator with a fixed seed: tests never depend on chance."""
    return np.random.default_rng(20261120)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of shared reference data; skips, saying so, where it is absent."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("the shared reference data (../shared/data) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def shared_truth() -> Path:
    """Return the folder of shared truth tables; skips, saying so, where it is absent."""
    folder = SHARED / "truth"
    if not folder.is_dir():
        pytest.skip("the shared truth tables (../shared/truth) are not on this machine")
    return folder
