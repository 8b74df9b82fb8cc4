"""The same bits from a dask cluster of two worker processes on this machine."""

import pytest

from tests.simulation.test_chunks import simulate

distributed = pytest.importorskip("distributed", reason="the extra bayesdose[distributed] is not installed")


def test_dask_workers_do_not_matter():
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert len(client.scheduler_info()["workers"]) == 2
        found = simulate(executor=client.get_executor())
    assert found.identical(simulate(chunk_size=1000))
