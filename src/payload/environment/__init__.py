"""From the orbit to windows: contacts, relay, sunlight, target passes, and the windows made of others.

Nothing is downloaded: the orbit comes from the mission's two-line elements, the Sun from an almanac formula. numpy and
sgp4 are imported when the first orbit is asked for.
"""

from payload.environment.windows import contacts as contacts
from payload.environment.windows import subpoint as subpoint
from payload.environment.windows import tle_age_days as tle_age_days
from payload.environment.windows import windows_of as windows_of
