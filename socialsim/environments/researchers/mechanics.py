"""What happens in a step of researchers: studies, papers, citations, readers and credit (see the package)."""

from __future__ import annotations

import math

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer, uniform
from socialsim.engine.links import is_away

NOBODY = -1


@compiled
def open_hypothesis(env, line, stream):
    """Let a line of research turn to a new hypothesis."""
    rate = env.base_rates[line % env.num_kinds]
    env.is_true[line] = int(uniform(stream) < rate)
    env.log_odds[line] = math.log(rate / (1.0 - rate))
    env.num_results[line] = 0
    env.claimant[line] = NOBODY


@compiled
def study(env, network, i, practice, rewards, stream):
    """Carry out a study and, if it is published, let it be paid, read and add its citation."""
    size, pursuit = practice % env.num_sizes, practice // env.num_sizes
    replicates = int(pursuit == env.num_kinds)
    line = published_line(env, stream) if replicates else any_line(env, pursuit, stream)
    if line < 0:
        return
    is_positive = int(uniform(stream) < (env.power[size] if env.is_true[line] else env.alpha))
    if uniform(stream) >= env.publication[replicates, is_positive]:
        return
    pay(env, network, i, practice, env.replication_credit if replicates else env.novelty[pursuit], rewards)
    if env.clock[0] >= env.burn_in:
        tally(env, line, replicates, is_positive)
    if is_positive:
        env.claimant[line] = i
        env.claimed_by[line] = practice
    elif replicates and env.claimant[line] >= 0:
        pay(env, network, env.claimant[line], env.claimed_by[line], -env.refutation_penalty, rewards)
        env.claimant[line] = NOBODY  # a claim falls once
    evidence = env.evidence[replicates, size, is_positive]
    paper = publish(env, i, practice, line, evidence, stream)
    read(env, practice, line, evidence, stream)
    cite(env, network, practice, paper, rewards, stream)


@compiled
def any_line(env, kind, stream):
    """Return a line of a kind, uniformly."""
    num_lines = (env.is_true.shape[0] - kind + env.num_kinds - 1) // env.num_kinds
    return kind + env.num_kinds * integer(stream, num_lines)


@compiled
def published_line(env, stream):
    """Return the line of a paper that draws attention or, if its open hypothesis has no results yet, the next line
    whose has; -1 if there is none.
    """
    if env.num_papers[0] == 0:
        return -1
    paper, _ = attended_paper(env, stream)
    first = env.line[paper % env.line.shape[0]]
    for step in range(env.is_true.shape[0]):
        line = (first + step) % env.is_true.shape[0]
        if env.num_results[line] > 0:
            return line
    return -1


@compiled
def attended_paper(env, stream):
    """Return a paper that is remembered and whether it is known at second hand, from the references of another; the
    row of the oldest is left for the next paper.
    """
    oldest = max(0, env.num_papers[0] - env.line.shape[0] + 1)
    paper = oldest + integer(stream, env.num_papers[0] - oldest)
    cited = env.cited[paper % env.line.shape[0]]
    if cited >= oldest and uniform(stream) < env.citation_bias:
        return cited, True
    return paper, False


@compiled
def publish(env, i, practice, line, evidence, stream):
    """Add a paper to the literature and return its number; what it cites is a reference copied or a paper read."""
    paper = env.num_papers[0]
    cited, is_copied = -1, False
    if paper > 0:
        cited, is_copied = attended_paper(env, stream)
    row = paper % env.line.shape[0]
    env.line[row] = line
    env.hypothesis[row] = env.num_settled[line]
    env.result[row] = evidence
    env.author[row] = i
    env.practice[row] = practice
    env.cited[row] = cited
    env.is_copied[row] = is_copied
    env.num_papers[0] += 1
    return paper


@compiled
def cite(env, network, practice, paper, rewards, stream):
    """Pay who is cited; naive readers take a copied reference for a further finding, if the question is still open."""
    cited = env.cited[paper % env.line.shape[0]]
    if cited < 0:
        return
    row = cited % env.line.shape[0]
    pay(env, network, env.author[row], env.practice[row], env.citation_credit, rewards)
    line = env.line[row]
    recounted = env.is_copied[paper % env.line.shape[0]] and not env.corrected_readers
    if recounted and env.hypothesis[row] == env.num_settled[line]:
        read(env, practice, line, env.result[row], stream)


@compiled
def read(env, practice, line, evidence, stream):
    """Let the readers learn from a result, and settle the hypothesis if they are sure."""
    before = env.log_odds[line]
    after = before + evidence
    env.log_odds[line] = after
    env.num_results[line] += 1
    settled = abs(after) >= env.settled_above
    if env.clock[0] >= env.burn_in:
        sign = -1.0 if env.is_true[line] else 1.0
        bits = math.log1p(math.exp(sign * before)) - math.log1p(math.exp(sign * after))
        env.knowledge[practice] += bits / math.log(2.0)
        if settled:
            env.facts[0] += after > 0.0
            env.facts[1] += after > 0.0 and not env.is_true[line]
            env.refuted[0] += after < 0.0
            env.refuted[1] += after < 0.0 and env.is_true[line]
    if settled:
        env.num_settled[line] += 1
        open_hypothesis(env, line, stream)


@compiled
def pay(env, network, agent, practice, credit, rewards):
    """Pay a scientist for what a practice brought; whoever has left gets nothing."""
    if agent < 0 or is_away(network, agent):
        return
    rewards[agent] += credit
    if env.clock[0] >= env.burn_in:
        env.credit[practice] += credit


@compiled
def tally(env, line, replicates, is_positive):
    """Count claims and how often they are confirmed."""
    if not replicates:
        env.positives[0] += is_positive
        env.positives[1] += is_positive and not env.is_true[line]
    elif env.claimant[line] >= 0:
        env.replications[0] += 1
        env.replications[1] += is_positive
