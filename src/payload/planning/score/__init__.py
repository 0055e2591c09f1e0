"""Which of two plans is better, exactly: shortfall of shares, value, changes, ends, compared in this order.

value                  the four, and when no plan is better
shares                 what sponsors were promised, and what they get
breaches               what broken soft rules cost
"""

from payload.planning.score.breaches import broken_rules as broken_rules
from payload.planning.score.breaches import cost_of as cost_of
from payload.planning.score.shares import given_shares as given_shares
from payload.planning.score.shares import promised_first as promised_first
from payload.planning.score.shares import short as short
from payload.planning.score.shares import shortfall_of as shortfall_of
from payload.planning.score.shares import sponsored as sponsored
from payload.planning.score.shares import with_references as with_references
from payload.planning.score.shares import worthwhile as worthwhile
from payload.planning.score.value import Score as Score
from payload.planning.score.value import perfect as perfect
from payload.planning.score.value import score_of as score_of
from payload.planning.score.value import value_of as value_of
