"""Tests that still speak the grammar of 0.1.0, or expect its figures and messages, and wait to be rewritten.

Each is run and reported as an expected failure; a line goes when its test is rewritten.
"""

__all__ = ["REASON", "WAITING", "WAITING_FILES"]

REASON = "speaks the grammar, messages or figure sizes of 0.1.0; to be rewritten for 0.2.0"
WAITING = frozenset(
    (
        "tests/report/test_paths.py::test_input_errors",
        "tests/report/test_paths.py::test_no_number_is_cut_on_a_narrow_terminal",
        "tests/report/test_paths.py::test_pathways_of_a_running_titration",
        "tests/report/test_paths.py::test_stopped_pathways_say_so_once_and_why",
        "tests/test_cli.py::test_a_protocol_name_is_a_folder_name",
        "tests/test_cli.py::test_compare_every_protocol",
        "tests/test_cli.py::test_compare_writes_what_it_prints",
        "tests/test_cli.py::test_designs",
        "tests/test_cli.py::test_fit_writes_the_draws",
        "tests/test_cli.py::test_input_errors_are_one_line",
        "tests/test_cli.py::test_next_dose_of_the_blrm",
        "tests/test_cli.py::test_next_dose_of_the_protocols_own_design",
        "tests/test_cli.py::test_prior_of_every_protocol",
        "tests/test_cli.py::test_prior_says_what_is_wrong_with_it",
    )
)
WAITING_FILES = (
    "tests/report/test_page.py",
)
