"""One step of the commons: everyone moves, beams are shot, those whose time is over return, apples grow."""

from __future__ import annotations

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer, uniform
from socialsim.engine.links import is_absent, is_away
from socialsim.grids.beams import clear_beams, fire_beams, is_in_reach, return_agents
from socialsim.grids.codes import APPLE, EMPTY, STAY
from socialsim.grids.growth import count_good, grow, skipped
from socialsim.grids.moves import walk
from socialsim.grids.nearest import NOWHERE, nearest_in_sight
from socialsim.grids.plane import free_cell, lay, place_agent, shuffle, take_off


@compiled
def place_everyone(env, network, stream):
    """Put the first agents on the cells for them, the others on free starting cells; who has left stays away."""
    num_agents, num_first = env.order.shape[0], env.first_cells.shape[0]
    for i in range(num_agents):
        if is_absent(network, i):
            continue
        if i < num_first:
            other = i + integer(stream, num_first - i)
            env.first_order[i], env.first_order[other] = env.first_order[other], env.first_order[i]
            cell = env.first_cells[env.first_order[i]]
        else:
            cell = free_cell(env, env.start_cells, stream)
        place_agent(env, i, cell, integer(stream, 4) if env.turns else 0)


@compiled
def scatter_apples(env, stream):
    """Put so many apples on free sites, drawn one after the other without replacement."""
    left = env.num_apples
    while left > 0:
        cell = env.sites[integer(stream, env.sites.shape[0])]
        if env.things[cell] != APPLE and env.occupant[cell] < 0:
            lay(env, cell, APPLE)
            count_good(env, cell, 1)
            left -= 1


@compiled
def begin(env, network, stream):
    """Draw the start of an episode."""
    place_everyone(env, network, stream)
    scatter_apples(env, stream)
    env.skip[0] = skipped(env, stream)
    env.stock[0] = env.num_goods[0]


@compiled
def collect(env, i, rewards):
    """Give agent i an apple."""
    rewards[i] += 1.0
    env.returns[i] += 1.0
    env.collected_at[i] += env.time[0] + 1.0


@compiled
def act(env, i, action, rewards):
    """Let agent i step or turn; an apple that it steps on is its own."""
    if walk(env, i, action) and env.things[env.cell[i]] == APPLE:
        env.things[env.cell[i]] = EMPTY
        count_good(env, env.cell[i], -1)
        collect(env, i, rewards)


@compiled
def choose(env, network, actions):
    """Take over what everyone wants to do; agents that are away want nothing, and those that have left leave."""
    for i in range(actions.shape[0]):
        env.chosen[i] = actions[i]
        if is_away(network, i):
            env.chosen[i] = STAY
            if is_absent(network, i):
                take_off(env, i)
                env.out[i] = 0


@compiled
def regrow(env, network, rewards, stream):
    """Let apples grow; one that grows under an agent is eaten at once."""
    grow(env, APPLE, env.grows_under_agents, stream)
    for k in range(env.num_grown[0]):
        cell = env.grown[k]
        i = env.occupant[cell]
        if i < 0:
            lay(env, cell, APPLE)
            count_good(env, cell, 1)
        elif not is_away(network, i):
            collect(env, i, rewards)


@compiled
def tally(env, stream):
    """Count the step, and whether the episode ends with it."""
    env.time[0] += 1
    env.stock[0] = env.num_goods[0]
    if env.num_goods[0] == 0 and env.exhausted_at[0] < 0:
        env.exhausted_at[0] = env.time[0]
    for i in range(env.out.shape[0]):
        env.steps_out[i] += env.cell[i] < 0
    if env.end_chance > 0.0 and env.time[0] >= env.end_from and (env.time[0] - env.end_from) % env.end_every == 0:
        env.has_ended[0] = uniform(stream) < env.end_chance


@compiled
def step(env, network, actions, rewards, stream):
    """Advance by one step."""
    for i in range(actions.shape[0]):
        rewards[i] = 0.0
    clear_beams(env)
    choose(env, network, actions)
    shuffle(env.order, stream)
    for k in range(actions.shape[0]):
        act(env, env.order[k], env.chosen[env.order[k]], rewards)
    fire_beams(env, env.chosen)
    return_agents(env, env.start_cells, stream)
    regrow(env, network, rewards, stream)
    tally(env, stream)


@compiled
def summary(env, i):
    """Return what agent i sees as one number: where the nearest apple in sight is, how many lie near it, and whether
    the beam would hit somebody.

        o = 2 (3 direction + richness) + reach

    direction: 0 no apple in sight, 1 ahead, 2 right, 3 behind, 4 left; richness: 0 no apple within the growth radius of
    it, 1 one or two, 2 more. Of equally near apples the one farthest ahead counts, then the leftmost.
    """
    if env.cell[i] < 0:
        return 0
    reach = 1 if is_in_reach(env, i) else 0
    direction, cell = nearest_in_sight(env, i, APPLE)
    if direction == NOWHERE:
        return reach
    near = env.num_near[cell]
    richness = 0 if near == 0 else 1 if near < 3 else 2
    return 2 * (3 * direction + richness) + reach
