"""Flies a plan: one executive for simulated and real time, disturbances, campaigns."""

from payload.execution.campaign import campaign as campaign
from payload.execution.disturbances import Disturbances as Disturbances
from payload.execution.fly import Sink as Sink
from payload.execution.fly import fly as fly
from payload.execution.outcome import Flown as Flown
from payload.execution.outcome import Outcome as Outcome
from payload.execution.policy import Policy as Policy
from payload.execution.realtime import Clock as Clock
from payload.execution.realtime import WallClock as WallClock
from payload.execution.statistics import CampaignResult as CampaignResult
from payload.execution.statistics import Distribution as Distribution
from payload.execution.statistics import ExperimentOdds as ExperimentOdds
from payload.execution.statistics import Lateness as Lateness
from payload.execution.statistics import SessionOdds as SessionOdds
from payload.execution.statistics import Share as Share
