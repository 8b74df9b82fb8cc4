from .calibration import simulation_based_calibration as simulation_based_calibration
from .calibration import uniformity as uniformity
from .exact import exact_cdf as exact_cdf
from .precision_of_mtd import mtd_precision as mtd_precision
from .regimen_tables import tabulate_regimens as tabulate_regimens
from .sampling import fit_many as fit_many
