"""The maps of the presets.

``#`` is a wall, ``A`` an apple, ``a`` a bare site, ``P`` a cell on which agents start and return, ``Q`` one on which
the first agents start, ``*`` a bare site on which agents start and return.

The three of Melting Pot ([Agapiou2022]_) are those of its configurations, and SocialJax has the inside of the first.
The map of [Perolat2017]_ is the one on whose 155 apples two public re-implementations agree, with the starting cells of
the second. The experiment of [Janssen2010]_ has none: every cell is a site, and the players start in a row across the
middle.
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
# P   P      A    P AAAAA    P  A P  #
#  P     A P AA    P    AAA    A  A  #
#     A AAA  AAA    A    A AA AAAA   #
# A  AAA A    A  A AAA  A  A   A A   #
#AAA  A A    A  AAA A  AAA        A P#
# A A  AAA  AAA  A A    A AA   AA AA #
#  A A  AAA    A A  AAA    AAA  A    #
#   AAA  A      AAA  A    AAAA       #
# P  A       A  A AAA    A  A      P #
#A  AAA  A  A  AAA A    AAAA     P   #
#    A A   AAA  A A      A AA   A  P #
#     AAA   A A  AAA      AA   AAA P #
# A    A     AAA  A  P          A    #
#       P     A         P  P P     P #
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
