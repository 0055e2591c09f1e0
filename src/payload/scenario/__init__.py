"""The only room that knows file formats: mission.yaml and plan.json in, plan.json out, and their schemas."""

from payload.scenario.doors import mission_text as mission_text
from payload.scenario.doors import plan_text as plan_text
from payload.scenario.doors import read_mission as read_mission
from payload.scenario.doors import read_plan as read_plan
from payload.scenario.doors import schema as schema
