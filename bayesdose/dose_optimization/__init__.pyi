from .backfill_closing import CloseFromRate as CloseFromRate
from .backfill_design import backfilled as backfilled
from .backfill_opening import AllOpenings as AllOpenings
from .backfill_opening import AnyOpening as AnyOpening
from .backfill_opening import OpenAfterCohorts as OpenAfterCohorts
from .backfill_opening import OpenAfterPatients as OpenAfterPatients
from .backfill_opening import OpenAfterResponses as OpenAfterResponses
from .backfill_opening import OpenFromLevel as OpenFromLevel
