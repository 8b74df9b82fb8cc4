from .designs import protocol_model as protocol_model
from .designs import protocol_plan as protocol_plan
from .designs import protocol_prior as protocol_prior
from .designs import protocol_priors as protocol_priors
from .facts import protocol_facts as protocol_facts
from .footing import on_one_footing as on_one_footing
from .load import protocol_names as protocol_names
from .whole_scenarios import scenarios_to_end as scenarios_to_end
