"""The command line: signatures and help, one file a command; each command imports what it needs."""

from bayesdose.cli.app import app
from bayesdose.cli.check import check
from bayesdose.cli.compare import compare
from bayesdose.cli.describe import describe
from bayesdose.cli.fit import fit
from bayesdose.cli.listing import designs, protocols
from bayesdose.cli.next_dose import next_dose
from bayesdose.cli.page import page
from bayesdose.cli.paths import paths
from bayesdose.cli.prior import prior
from bayesdose.cli.record import record
from bayesdose.cli.reproduce import reproduce
from bayesdose.cli.study_files import calibrate, report, run
from bayesdose.cli.table import table

__all__ = ["app"]

# The order in which an unknown command is answered with the known ones.
for _command in (protocols, designs, prior, compare, run, calibrate, report):
    app.command(_command)
app.command(next_dose, name="next")
for _command in (paths, check, describe, page, table, record, fit, reproduce):
    app.command(_command)
