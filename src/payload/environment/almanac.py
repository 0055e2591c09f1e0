"""Where the Sun stands and how far the Earth has turned, from formulae: no file, no download.

Everything is in the frame of SGP4 (TEME: true equator, mean equinox of date). UTC stands for UT1 (they differ by less
than 0.9 s, in 2025 and 2026 by less than 0.15 s), and the poles do not move (0.3 arc seconds, 10 m on the ground).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: the Earth's equatorial radius as Skyfield and the Astronomical Almanac's shadow of the Earth have it, km
EARTH_RADIUS_KM = 6378.1366
ASTRONOMICAL_UNIT_KM = 149_597_870.7
#: TT - UTC since 2017-01-01, in days (IERS Bulletin C); one leap second would move the Sun by 0.04 arc seconds
TT_MINUS_UTC_DAYS = 69.184 / 86_400.0

# Terms that the planets and the Moon add to the Sun's longitude, degrees: amplitude, phase at 1900 January 0.5 and
# rate per Julian century (J. Meeus, Astronomical Formulae for Calculators, chapter 18, after Newcomb): Venus twice,
# Jupiter, the Moon, and a slow one. They halve the error.
_PERTURBATIONS = (
    (0.00134, 153.23, 22_518.7541),
    (0.00154, 216.57, 45_037.5082),
    (0.00200, 312.69, 32_964.3577),
    (0.00179, 350.74 - 90.0, 445_267.1142),
    (0.00178, 231.19 - 90.0, 20.20),
)


def centuries(days: Floats) -> Floats:
    """Julian centuries since J2000.0, of days since then."""
    return days / 36_525.0


def sidereal_angle(days: Floats) -> Floats:
    """Greenwich mean sidereal time in radians, IAU 1982, the one that belongs to TEME.

    `days` of UT1 since 2000-01-01 12:00. Source: Vallado, Crawford, Hujsak, Kelso, Revisiting Spacetrack Report #3,
    AIAA 2006-6753, appendix C (https://celestrak.org/publications/AIAA/2006-6753/).
    """
    t = centuries(days)
    seconds = 67_310.54841 + (876_600.0 * 3_600.0 + 8_640_184.812866) * t + 0.093104 * t**2 - 6.2e-6 * t**3
    return np.asarray(np.radians((seconds % 86_400.0) / 240.0))


def sun(days: Floats) -> Floats:
    """The Sun's apparent geocentric place in TEME, in km, of days (UTC) since 2000-01-01 12:00; shape (n, 3).

    The mean elements and the equation of the centre are those of Meeus, Astronomical Algorithms, chapter 25 (the
    Astronomical Almanac's low-precision formula, page C5, carried on by two terms), with aberration and the larger
    perturbations. Against JPL's DE421 it errs by less than 18 arc seconds, 5 in the mean, from 2000 to 2050: 0.3 s of
    a target's turning Earth, 0.1 s of a shadow's edge in low orbit.
    """
    t = centuries(days + TT_MINUS_UTC_DAYS)
    mean_longitude = 280.46646 + 36_000.76983 * t + 0.0003032 * t**2
    anomaly = np.radians(357.52911 + 35_999.05029 * t - 0.0001537 * t**2)
    eccentricity = 0.016708634 - 0.000042037 * t - 0.0000001267 * t**2
    centre = (
        (1.914602 - 0.004817 * t - 0.000014 * t**2) * np.sin(anomaly)
        + (0.019993 - 0.000101 * t) * np.sin(2 * anomaly)
        + 0.000289 * np.sin(3 * anomaly)
    )
    longitude = mean_longitude + centre - 0.00569
    since_1900 = t + 1.0
    for amplitude, phase, rate in _PERTURBATIONS:
        longitude = longitude + amplitude * np.cos(np.radians(phase + rate * since_1900))
    true_anomaly = anomaly + np.radians(centre)
    distance = 1.000001018 * (1 - eccentricity**2) / (1 + eccentricity * np.cos(true_anomaly)) * ASTRONOMICAL_UNIT_KM
    node = np.radians(125.04 - 1_934.136 * t)
    nutation = -0.00478 * np.sin(node)
    obliquity = np.radians(23.4392911 - 0.0130042 * t + 0.00256 * np.cos(node))
    angle = np.radians(longitude + nutation)
    sine = np.sin(angle)
    place = np.stack((np.cos(angle), sine * np.cos(obliquity), sine * np.sin(obliquity)), axis=-1) * distance[..., None]
    return turned(place, np.radians(nutation) * np.cos(obliquity))  # from the true to the mean equinox


def turned(vectors: Floats, angle: Floats) -> Floats:
    """Vectors of TEME seen from the Earth that has turned by `angle` (ECEF); shape (n, 3)."""
    cosine, sine = np.cos(angle), np.sin(angle)
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return np.stack((x * cosine + y * sine, y * cosine - x * sine, z), axis=-1)
