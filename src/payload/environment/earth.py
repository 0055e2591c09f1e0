"""The Earth's figure (WGS84) and what can be seen past it. Distances in km, angles in degrees, without refraction."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from payload.environment.almanac import Floats
from payload.model import Site

#: WGS84 (NIMA TR8350.2)
EQUATORIAL_RADIUS_KM = 6_378.137
FLATTENING = 1 / 298.257223563
_E2 = FLATTENING * (2 - FLATTENING)
#: radius of the geostationary orbit (one sidereal day, GM 398600.4418 km3/s2)
GEOSTATIONARY_RADIUS_KM = 42_164.17


@lru_cache(maxsize=512)
def zenith(lat: float, lon: float) -> Floats:
    """The unit vector that points up from a geodetic place (ECEF); read-only, like `ground`: asked for at each look."""
    phi, lam = np.radians(lat), np.radians(lon)
    return _kept(np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)]))


@lru_cache(maxsize=512)
def ground(lat: float, lon: float) -> Floats:
    """The place on the ellipsoid, at height 0 (ECEF)."""
    up = zenith(lat, lon)
    normal = EQUATORIAL_RADIUS_KM / np.sqrt(1 - _E2 * up[2] ** 2)
    return _kept(normal * up * np.array([1.0, 1.0, 1 - _E2]))


def _kept(vector: Floats) -> Floats:
    vector.setflags(write=False)
    return vector


def elevation(places: Floats, site: Site) -> Floats:
    """How many degrees above the horizon of `site` the ECEF places stand; shape (n,)."""
    lines = places - ground(site.lat, site.lon)
    sine = np.sum(lines * zenith(site.lat, site.lon), axis=-1) / np.linalg.norm(lines, axis=-1)
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0))))


def geostationary(longitude: float) -> Floats:
    """A geostationary satellite's place (ECEF)."""
    return GEOSTATIONARY_RADIUS_KM * zenith(0.0, longitude)


def clearance(places: Floats, seen: Floats, radius_km: float) -> Floats:
    """How far `places` are from losing sight of `seen` behind a sphere about the Earth's centre; negative behind it.

    In km along the line of sight: the line misses the sphere, or leaves it behind, exactly where this is above 0. It is
    smooth, with one minimum a revolution, so that even a grazing shadow shows as a minimum below 0. Below the sphere's
    surface it is the mere height above the plane that faces away.
    """
    lines = seen - places
    along = np.sum(places * lines, axis=-1) / np.linalg.norm(lines, axis=-1)
    return np.asarray(along + np.sqrt(np.maximum(np.sum(places * places, axis=-1) - radius_km**2, 0.0)))


def geodetic(place: Floats) -> tuple[float, float, float]:
    """Latitude, longitude (degrees, -180 to 180) and height in metres of one ECEF place off the Earth's centre."""
    x, y, z = (float(part) for part in place)
    axial = float(np.hypot(x, y))
    phi = float(np.arctan2(z, axial * (1 - _E2)))
    for _ in range(8):  # each turn gains a factor of 150: far below a millimetre for any height
        normal = EQUATORIAL_RADIUS_KM / np.sqrt(1 - _E2 * np.sin(phi) ** 2)
        phi = float(np.arctan2(z + normal * _E2 * np.sin(phi), axial))
    normal = EQUATORIAL_RADIUS_KM / np.sqrt(1 - _E2 * np.sin(phi) ** 2)
    height = axial * np.cos(phi) + z * np.sin(phi) - normal * (1 - _E2 * np.sin(phi) ** 2)
    return float(np.degrees(phi)), float(np.degrees(np.arctan2(y, x))), float(height) * 1_000.0
