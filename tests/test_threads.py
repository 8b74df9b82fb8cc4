"""One BLAS thread while it is asked for, and as many as before when everybody has left."""

import threading

from threadpoolctl import threadpool_info, threadpool_limits

from bayesdose.threads import one_thread


def blas_threads():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_threads_that_overlap_leave_what_was_set_before():
    entered, may_leave = threading.Event(), threading.Event()

    def other():
        with one_thread():
            entered.set()
            may_leave.wait(20)

    # Two threads, also on a machine with one processor.
    with threadpool_limits(2):
        before = blas_threads()
        with one_thread():
            assert blas_threads() == {1}
            thread = threading.Thread(target=other)
            thread.start()
            assert entered.wait(20)
        may_leave.set()
        thread.join()
        assert blas_threads() == before


def test_an_error_restores_it_too():
    with threadpool_limits(2):
        before = blas_threads()
        try:
            with one_thread():
                raise ValueError
        except ValueError:
            pass
        assert blas_threads() == before


def test_a_context_within_another_leaves_the_outer_one_in_force():
    with threadpool_limits(2):
        before = blas_threads()
        with one_thread():
            with one_thread():
                assert blas_threads() == {1}
            assert blas_threads() == {1}
        assert blas_threads() == before
