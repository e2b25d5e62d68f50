"""One step of the public good: apples grow, waste appears, everyone moves, cleans and shoots, and some return."""

from __future__ import annotations

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer, uniform
from socialsim.engine.links import is_absent, is_away
from socialsim.grids.beams import clear_beams, return_agents, send_off, shoot_all
from socialsim.grids.codes import APPLE, BEAM, CLEAN, EMPTY, FIRE, RIVER, STAY, WALL, WASTE
from socialsim.grids.growth import skipped
from socialsim.grids.moves import walk
from socialsim.grids.nearest import direction_of
from socialsim.grids.plane import free_cell, lay, place_agent, show, shuffle, take_off


@compiled
def begin(env, network, stream):
    """Put everyone on a starting cell, heading anywhere; who has left stays away."""
    for i in range(env.cell.shape[0]):
        if not is_absent(network, i):
            place_agent(env, i, free_cell(env, env.start_cells, stream), integer(stream, 4))
    env.skip[0] = skipped(env, stream)


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
def collect(env, i, rewards):
    """Give agent i an apple."""
    rewards[i] += 1.0
    env.apples[i] += 1
    env.collected_at[i] += env.time[0] + 1.0


@compiled
def waste_share(env):
    """Return the share of the river that waste covers."""
    size = env.waste_cells.shape[0]
    return env.num_waste[0] / size if size > 0 else 0.0


@compiled
def grow_apples(env, network, rewards, stream):
    """Let apples grow, at each bare site with the same chance; one that grows under an agent is eaten at once.

    Sites that could grow in a clean river are found by skipping geometrically, and accepted with the probability that
    the waste leaves of it.
    """
    clean = (env.depletion - waste_share(env)) / (env.depletion - env.restoration)
    if clean <= 0.0:
        return
    k = env.skip[0]
    while k < env.sites.shape[0]:
        cell = env.sites[k]
        i = env.occupant[cell]
        if env.things[cell] != APPLE and (i < 0 or env.grows_under_agents) and uniform(stream) < clean:
            if i < 0:
                lay(env, cell, APPLE)
                env.stock[0] += 1
            elif not is_away(network, i):
                collect(env, i, rewards)
        k += 1 + skipped(env, stream)
    env.skip[0] = k - env.sites.shape[0]


@compiled
def soil(env, stream):
    """Let waste appear, by chance, on one clean cell of the river."""
    size = env.waste_cells.shape[0]
    if env.time[0] < env.waste_delay or env.num_waste[0] == size or uniform(stream) >= env.waste_chance:
        return
    cell = env.waste_cells[integer(stream, size)]
    while env.things[cell] == WASTE:
        cell = env.waste_cells[integer(stream, size)]
    lay(env, cell, WASTE)
    env.num_waste[0] += 1


@compiled
def change_nature(env, network, rewards, stream):
    """Let apples grow and waste appear, both by the waste that there is before."""
    is_soiled = env.waste_stops and waste_share(env) >= env.depletion
    grow_apples(env, network, rewards, stream)
    if not is_soiled:
        soil(env, stream)


@compiled
def move(env, i, rewards):
    """Let agent i step or turn; an apple that it steps on is its own."""
    if walk(env, i, env.chosen[i]) and env.things[env.cell[i]] == APPLE:
        env.things[env.cell[i]] = EMPTY
        env.stock[0] -= 1
        collect(env, i, rewards)


@compiled
def wash(env, i):
    """Shoot agent i's cleaning beam: each ray ends at the first waste, which is noted, or wall."""
    env.num_cleanings[i] += 1
    ahead = env.neighbour_step[env.heading[i]]
    aside = env.neighbour_step[(env.heading[i] + 1) & 3]
    for k in range(env.cleaning_rays.shape[0]):
        cell = env.cell[i] + env.cleaning_rays[k, 0] * aside + env.cleaning_rays[k, 1] * ahead
        for _ in range(env.cleaning_rays[k, 2]):
            if env.things[cell] == WALL:
                break
            if env.things[cell] == WASTE:
                env.washed[env.num_washed[0]] = cell
                env.num_washed[0] += 1
                env.num_cleaned[i] += 1
                break
            if env.occupant[cell] < 0:
                show(env, cell, BEAM)
                env.lit[env.num_lit[0]] = cell
                env.num_lit[0] += 1
            elif not env.cleans_past_agents:
                break
            cell += ahead


@compiled
def wash_all(env):
    """Let everyone clean who wants to and can, all at once; then the waste that was hit is gone."""
    env.num_washed[0] = 0
    for i in range(env.cell.shape[0]):
        if env.cell[i] >= 0:
            if env.cleaning_waiting[i] > 0:
                env.cleaning_waiting[i] -= 1
            elif env.chosen[i] == CLEAN:
                env.cleaning_waiting[i] = env.cleaning_cooldown
                wash(env, i)
    for k in range(env.num_washed[0]):
        cell = env.washed[k]
        if env.things[cell] == WASTE:
            lay(env, cell, RIVER)
            env.num_waste[0] -= 1


@compiled
def punish(env, rewards):
    """Let everyone shoot who wants to and can; shooters pay, who is hit is fined and out for the time that is set."""
    if env.rays.shape[0] == 0:
        return
    for i in range(rewards.shape[0]):
        if env.chosen[i] == FIRE and env.cell[i] >= 0 and env.waiting[i] == 0:
            rewards[i] -= env.shot_cost
    if shoot_all(env, env.chosen) > 0:
        for i in range(rewards.shape[0]):
            if env.is_hit[i] > 0:
                rewards[i] -= env.fine * env.is_hit[i]
                env.is_hit[i] = 0
                if env.time_out > 0:
                    send_off(env, i)


@compiled
def tally(env, rewards, stream):
    """Count the step, and whether the episode ends with it."""
    env.time[0] += 1
    env.waste_sum[0] += waste_share(env)
    for i in range(rewards.shape[0]):
        env.returns[i] += rewards[i]
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
    change_nature(env, network, rewards, stream)
    shuffle(env.order, stream)
    for k in range(actions.shape[0]):
        move(env, env.order[k], rewards)
    wash_all(env)
    punish(env, rewards)
    return_agents(env, env.start_cells, stream)
    tally(env, rewards, stream)


@compiled
def would_clean(env, i):
    """Return whether agent i's cleaning beam would reach waste now."""
    ahead = env.neighbour_step[env.heading[i]]
    aside = env.neighbour_step[(env.heading[i] + 1) & 3]
    for k in range(env.cleaning_rays.shape[0]):
        cell = env.cell[i] + env.cleaning_rays[k, 0] * aside + env.cleaning_rays[k, 1] * ahead
        for _ in range(env.cleaning_rays[k, 2]):
            if env.things[cell] == WASTE:
                return True
            if env.things[cell] == WALL or (env.occupant[cell] >= 0 and not env.cleans_past_agents):
                break
            cell += ahead
    return False


@compiled
def summary(env, i):
    """Return what agent i sees as one number: where the nearest apple and the nearest waste in sight are, and whether
    its cleaning beam would reach some.

        o = 2 (5 apple + waste) + reach

    apple, waste: 0 none in sight, 1 ahead, 2 right, 3 behind, 4 left.
    """
    if env.cell[i] < 0:
        return 0
    reach = 1 if would_clean(env, i) else 0
    return 2 * (5 * direction_of(env, i, APPLE) + direction_of(env, i, WASTE)) + reach
