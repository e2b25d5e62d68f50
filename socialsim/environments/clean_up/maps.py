"""The maps of the presets.

``#`` is a wall, ``W`` waste in the river, ``R`` river on which waste can appear, ``S`` river on which none does, ``a``
a bare site of the orchard, ``A`` one with an apple, ``P`` a cell on which agents start and return.

The first is that of Melting Pot's configuration ([Agapiou2022]_): 147 cells on which waste can appear, of which 79
begin with it, and 122 sites. The second is the one of the public re-implementation of [Hughes2018]_ by Vinitsky and
others: 119 cells, 56 with waste, and 103 sites. Both rivers begin too dirty for a single apple to grow.
"""

from __future__ import annotations

MELTING_POT = """
##############################
#RWWWRWWRWRWRWRWRWRWRRWRWWWRW#
#RWRWRWWRWRWRWRWRWRWRRWRWWWRW#
#RWWRWWRRWRWRWRWRWRWRRWRWWWRW#
#RWRWRWWRWRWRWRWRWRWRRWRWWWRW#
#RWWWWWWRWRWRWRWRWRWRRWRWWWRW#
#               SWRRRRRR     #
#   P    P          SSS      #
#     P     P   P   SS   P   #
#             P   P SS       #
#   P    P          SS    P  #
#               P   SS P     #
#     P           P SS       #
#           P       SS  P    #
#  P             P  SS       #
# a a a a a a a a a SS  a a a#
#aaaaaaaaaaaaaaaaaaa  aaaaaaa#
#aaaaaaaaaaaaaaaaaaaaaaaaaaaa#
#aaaaaaaaaaaaaaaaaaaaaaaaaaaa#
#aaaaaaaaaaaaaaaaaaaaaaaaaaaa#
##############################
"""

HUGHES_2018 = """
##################
#RRRRRR     aaaaa#
#WWWWWW      aaaa#
#RRRRRR     aaaaa#
#RRRRR  P    aaaa#
#RRRRR    P aaaaa#
#WWWWW       aaaa#
#RRRRR      aaaaa#
#WWWWWWSSSSSSaaaa#
#WWWWWWSSSSSSaaaa#
#RRRRR   P P aaaa#
#WWWWW   P  aaaaa#
#RRRRRR    P aaaa#
#WWWWWW P   aaaaa#
#RRRRR       aaaa#
#WWWW    P  aaaaa#
#RRRRR       aaaa#
#WWWWW  P P aaaaa#
#RRRRR       aaaa#
#WWWW       aaaaa#
#RRRRR       aaaa#
#WWWWW      aaaaa#
#RRRRR       aaaa#
#WWWW       aaaaa#
##################
"""

MAPS = {"melting_pot": MELTING_POT, "hughes_2018": HUGHES_2018}
