"""For people: the plan on the terminal, what changed between two plans, and planned against actual as one page."""

from payload.report.changes import Change as Change
from payload.report.changes import changes as changes
from payload.report.changes import changes_table as changes_table
from payload.report.page import page as page
from payload.report.terminal import experiments as experiments
from payload.report.terminal import people as people
from payload.report.terminal import summary as summary
from payload.report.terminal import timeline as timeline
from payload.report.terminal import unscheduled as unscheduled
