from .boin12_design import boin12 as boin12
from .boin12_ranks import boin12_rank_table as boin12_rank_table
from .randomised_arms import RandomisedArms as RandomisedArms
from .randomised_expansion import randomised_after_escalation as randomised_after_escalation
from .randomised_expansion import randomised_selection as randomised_selection
from .utility_committee import CommitteeRule as CommitteeRule
from .utility_model import utility_by_model as utility_by_model
from .utility_selection import with_committee as with_committee
