"""What `reconcile --engine spark` refuses before Spark is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import RefuseInput
from bridge.flows.on_spark import reconcile_on_spark
from tests.property.test_nights import Bureau, bureau  # noqa: F401 -- a fixture


@pytest.mark.parametrize(
    ("folder", "said"), [(None, "--shared-folder"), (Path("/nowhere/at/all"), "/nowhere/at/all")]
)
def test_a_cluster_needs_a_folder_that_is_there(
    bureau: Bureau,  # noqa: F811
    folder: Path | None,
    said: str,
) -> None:
    with pytest.raises(RefuseInput, match=said):
        reconcile_on_spark(bureau.ctx, "run", master="spark://127.0.0.1:7077", shared_folder=folder)
