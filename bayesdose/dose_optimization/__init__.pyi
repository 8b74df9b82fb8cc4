from .boin12_design import boin12 as boin12
from .boin12_ranks import boin12_rank_table as boin12_rank_table
