"""Models are built at their first use, which may come in many threads at once."""

from __future__ import annotations

import subprocess
import sys

from tests.support.source_tree import ROOT

# In a process of its own, where nothing has been built.
_SCRIPT = """
import sys
from threading import Barrier, Thread
from gitprov.model.kinds import MODELS
from tests.support.sample_records import sample

sys.setswitchinterval(1e-6)
kinds = [kind for kind in MODELS for _ in range(8)]
barrier, built = Barrier(len(kinds)), []

def build(kind):
    mapping = sample(kind)
    barrier.wait()
    built.append(MODELS[kind].model_validate(mapping).to_mapping() == mapping)

threads = [Thread(target=build, args=(kind,)) for kind in kinds]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(kinds), built.count(True))
"""


def test_many_threads_may_use_models_for_the_first_time() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    asked, good = done.stdout.split()
    assert asked == good
