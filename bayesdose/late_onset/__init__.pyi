from .design import FollowUpDesign as FollowUpDesign
from .trials import Enrolment as Enrolment
from .trials import FollowedTrials as FollowedTrials
