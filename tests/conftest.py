"""What holds for every test: a sealed environment, loud gaps, repeatable chance."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import hermetic

hermetic.seal()

from hypothesis import HealthCheck, settings  # noqa: E402 - nothing may see the real environment

from tests.support.warm_start import MEASURING  # noqa: E402

pytest_plugins = (
    "tests.support.programs",
    "tests.support.full_coverage",
    "tests.support.git",
    "tests.support.keys",
    "tests.support.usual_ledger",
)

# The same examples on every machine; `--hypothesis-profile=deep` looks further.
settings.register_profile(
    "ci",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("deep", database=None, deadline=None, max_examples=5_000)
settings.load_profile("ci")


# Coverage doubles what a child process costs, and there are thousands. It is measured where each
# command and the hook are tried one by one, not where they are attacked, killed or raced.
_MEASURED = tuple(f"tests/integration/{name}/" for name in ("cli", "hook", "sync"))


@pytest.fixture(autouse=True)
def _measured(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep coverage out of child processes elsewhere."""
    path = request.path.relative_to(request.config.rootpath).as_posix()
    if not path.startswith(_MEASURED):
        monkeypatch.delenv(MEASURING, raising=False)


@pytest.fixture(autouse=True)
def _sealed() -> Iterator[None]:
    """Fail a test that reached outside, even if the code under test swallowed the refusal."""
    hermetic.offences.clear()
    yield
    assert hermetic.offences == []
