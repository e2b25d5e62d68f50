"""The maps of the presets.

``#`` is a wall, ``A`` an apple, ``a`` a bare site, ``P`` a cell on which agents start and return, ``Q`` one on which
the first agents start, ``*`` a bare site on which agents start and return.

The three of Melting Pot ([Agapiou2022]_) are those of its configurations, and SocialJax has the inside of the first.
The map of [Perolat2017]_ is the one on whose 155 apples two public re-implementations agree; where agents start and
return is not said there, and is any cell without an apple here. The experiment of [Janssen2010]_ has no map: every cell
is a site, and the players start in a row across the middle.
"""

from __future__ import annotations

MELTING_POT_OPEN = """
########################
#AAA    A      A    AAA#
#AA    AAA    AAA    AA#
#A    AAAAA  AAAAA    A#
#      AAA    AAA      #
#       A      A       #
#  A                A  #
# AAA  Q        Q  AAA #
#AAAAA            AAAAA#
# AAA              AAA #
#  A                A  #
#                      #
#                      #
#                      #
#  PPPPPPPPPPPPPPPPPP  #
# PPPPPPPPPPPPPPPPPPPP #
#PPPPPPPPPPPPPPPPPPPPPP#
########################
"""

MELTING_POT_CLOSED = """
########################
#AAA    A  ##  A    AAA#
#AA    AAA ## AAA    AA#
#A    AAAAA##AAAAA    A#
#      AAA ## AAA      #
#       A  ##  A       #
#  A       ##       A  #
# AAA  Q   ##   Q  AAA #
#AAAAA     ##     AAAAA#
# AAA  ##########  AAA #
#  A       ##       A  #
########## ## ##########
#          ##          #
#  ##################  #
#  PPPPPPPPPPPPPPPPPP  #
# PPPPPPPPPPPPPPPPPPPP #
#PPPPPPPPPPPPPPPPPPPPPP#
########################
"""

MELTING_POT_PARTNERSHIP = """
########################
#AAA    A      A    AAA#
#AA    AAA    AAA    AA#
#A    AAAAA  AAAAA    A#
#      AAA    AAA      #
#       A      A       #
#  A                A  #
# AAA  Q   ##   Q  AAA #
#AAAAA            AAAAA#
# AAA  ##########  AAA #
#  A       ##       A  #
########## ## ##########
#          ##          #
#  ##################  #
#  PPPPPPPPPPPPPPPPPP  #
# PPPPPPPPPPPPPPPPPPPP #
#PPPPPPPPPPPPPPPPPPPPPP#
########################
"""

PEROLAT_2017 = """
######################################
#PPPPPPPPPPPPAPPPPPPAAAAAPPPPPPPAPPPP#
#PPPPPPPPAPPPAAPPPPPPPPPAAAPPPPAPPAPP#
#PPPPPAPAAAPPAAAPPPPAPPPPAPAAPAAAAPPP#
#PAPPAAAPAPPPPAPPAPAAAPPAPPAPPPAPAPPP#
#AAAPPAPAPPPPAPPAAAPAPPAAAPPPPPPPPAPP#
#PAPAPPAAAPPAAAPPAPAPPPPAPAAPPPAAPAAP#
#PPAPAPPAAAPPPPAPAPPAAAPPPPAAAPPAPPPP#
#PPPAAAPPAPPPPPPAAAPPAPPPPAAAAPPPPPPP#
#PPPPAPPPPPPPAPPAPAAAPPPPAPPAPPPPPPPP#
#APPAAAPPAPPAPPAAAPAPPPPAAAAPPPPPPPPP#
#PPPPAPAPPPAAAPPAPAPPPPPPAPAAPPPAPPPP#
#PPPPPAAAPPPAPAPPAAAPPPPPPAAPPPAAAPPP#
#PAPPPPAPPPPPAAAPPAPPPPPPPPPPPPPAPPPP#
#PPPPPPPPPPPPPAPPPPPPPPPPPPPPPPPPPPPP#
######################################
"""

JANSSEN_2010 = "\n".join(
    "".join("*" if (row, column) in [(13, 3), (13, 9), (13, 16), (13, 22)] else "a" for column in range(26))
    for row in range(26)
)

MAPS = {
    "melting_pot_open": MELTING_POT_OPEN,
    "melting_pot_closed": MELTING_POT_CLOSED,
    "melting_pot_partnership": MELTING_POT_PARTNERSHIP,
    "perolat_2017": PEROLAT_2017,
    "janssen_2010": JANSSEN_2010,
}
