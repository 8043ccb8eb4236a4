"""The automatic rules: what may be learned from, what not, what a person has to see."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.percentages import word_confidence
from digit_pipeline.quarantine.opinions import Opinions
from digit_pipeline.quarantine.similarity import (
    find_near_duplicates,
    group_near_duplicates,
)

Action = Literal["accept", "reject", "ask"]


@dataclass(frozen=True, eq=False)
class Quarantined:
    """Corrections as the rules see them, oldest first.

    Attributes:
        ids: of n corrections.
        images: uint8 ``(n, 28, 28, 1)``, ink = 255, by the image contract; all zero
            where nothing is to be seen.
        labels: int64 ``(n,)``, positions in the class names; -1 for no such class.
        clients: who said so: keyed hashes, "" where unknown.
        by_person: bool ``(n,)``: whether a person has accepted it.
    """

    ids: Sequence[str]
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    clients: Sequence[str]
    by_person: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, kw_only=True)
class ScreeningSettings:
    """How strict the rules are; see conf/base/parameters_feedback.yml.

    Attributes:
        least_similarity: least cosine of two near copies.
        min_confidence: least probability at which a champion that agrees is believed.
        clearly_none: log-odds of showing a digit at or below which a picture that the
            champion reads otherwise is rejected.
        most_per_client: corrections of one client that rules may accept.
        unreviewed_share: most that no person reviewed, of all that is accepted; below
            1.
        unreviewed_floor: so many may be accepted whatever their share.
        doubtful_share: share of a client's corrections that a confident champion
            contradicts, above which the rules accept none of them.
        doubtful_least: so many have to be contradicted before that rule applies.
    """

    least_similarity: float
    min_confidence: float
    clearly_none: float
    most_per_client: int
    unreviewed_share: float
    unreviewed_floor: int
    doubtful_share: float
    doubtful_least: int


@dataclass(frozen=True)
class Ruling:
    """What the rules say of one correction.

    Attributes:
        id: the correction's.
        action: accept, reject, or ask a person.
        rule: name of the rule that decided.
        sentence: why, for a person.
    """

    id: str
    action: Action
    rule: str
    sentence: str


def screen(
    corrections: Quarantined,
    accepted: Quarantined,
    evaluation: NDArray[np.uint8],
    opinions: Opinions | None,
    settings: ScreeningSettings,
) -> list[Ruling]:
    """Apply the rules.

    Args:
        corrections: what is in quarantine.
        accepted: what was accepted before: copies of it bring nothing, and it counts
            against the caps.
        evaluation: images that decide about models, uint8 ``(m, 28, 28, 1)``: their
            copies are never learned from.
        opinions: the champion's on ``corrections``; None when there is none yet.
        settings: how strict.

    Returns:
        a ruling per correction, in their order.
    """
    rulings: dict[int, Ruling] = {}

    def rule(positions: Iterator[int], action: Action, name: str, why: str) -> None:
        for i in positions:
            rulings.setdefault(i, Ruling(corrections.ids[i], action, name, why))

    seen: NDArray[np.bool_] = np.any(corrections.images, axis=(1, 2, 3))
    rule(_where(corrections.labels < 0), "reject", "label", "No such class.")
    rule(_where(~seen), "reject", "empty", "Nothing is to be seen in its picture.")
    copies = find_near_duplicates(
        corrections.images, evaluation, settings.least_similarity
    )
    rule(
        _where(copies >= 0),
        "reject",
        "evaluation",
        "Its picture is a near copy of one that models are judged by.",
    )
    repeated, contested = _find_copies(corrections, accepted, settings.least_similarity)
    rule(
        _where(repeated),
        "reject",
        "copy",
        "The same picture came before with the same label.",
    )
    rule(
        _where(contested),
        "ask",
        "conflict",
        "The same picture carries two labels.",
    )
    if opinions is None:
        rule(iter(range(len(corrections))), "ask", "no_champion", "Nobody to ask yet.")
    else:
        for i, ruling in _weigh(corrections, accepted, opinions, settings, rulings):
            rulings[i] = ruling
    return [rulings[i] for i in range(len(corrections))]


def _where(mask: NDArray[np.bool_]) -> Iterator[int]:
    return iter(np.flatnonzero(mask).tolist())


def _find_copies(
    corrections: Quarantined, accepted: Quarantined, least_similarity: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Mark what came before with the same label, and what carries two labels."""
    groups = group_near_duplicates(corrections.images, least_similarity).tolist()
    labels = corrections.labels.tolist()
    told: dict[int, set[int]] = {group: set() for group in groups}
    twins = find_near_duplicates(corrections.images, accepted.images, least_similarity)
    for i in np.flatnonzero(twins >= 0).tolist():
        told[groups[i]].add(int(accepted.labels[twins[i]]))
    repeated = np.zeros(len(labels), np.bool_)
    for i, (group, label) in enumerate(zip(groups, labels, strict=True)):
        repeated[i] = label in told[group]
        told[group].add(label)
    contested = np.array([len(told[group]) > 1 for group in groups], np.bool_)
    return repeated, contested


def _weigh(
    corrections: Quarantined,
    accepted: Quarantined,
    opinions: Opinions,
    settings: ScreeningSettings,
    settled: dict[int, Ruling],
) -> Iterator[tuple[int, Ruling]]:
    """Hold what is left against the champion's opinion, and the caps."""
    agrees = opinions.predicted == corrections.labels
    sure = (opinions.confidences >= settings.min_confidence) & np.array(
        [verdict == "recognised" for verdict in opinions.verdicts], np.bool_
    )
    doubtful = _find_doubtful_clients(corrections, sure & ~agrees, settings)
    of_client = Counter(accepted.clients)
    room = _count_room(accepted, settings)
    for i in range(len(corrections)):
        if i in settled:
            continue
        client = corrections.clients[i]
        action, rule, sentence = _judge(i, opinions, bool(agrees[i]), settings)
        if action == "accept":
            if client in doubtful:
                action, rule = "ask", "client"
                sentence = "A sure champion contradicts much of what this client says."
            elif of_client[client] >= settings.most_per_client:
                action, rule = "ask", "client_cap"
                sentence = (
                    f"Rules accept {settings.most_per_client} of a client at most."
                )
            elif not room:
                action, rule = "ask", "unreviewed_cap"
                sentence = "Too much would be learned that no person has seen."
            else:
                of_client[client] += 1
                room -= 1
        yield i, Ruling(corrections.ids[i], action, rule, sentence)


def _judge(
    i: int, opinions: Opinions, agrees: bool, settings: ScreeningSettings
) -> tuple[Action, str, str]:
    confidence = float(opinions.confidences[i])
    sure = word_confidence(confidence)
    if opinions.verdicts[i] in ("unfamiliar", "empty"):
        if opinions.energies[i] <= settings.clearly_none and not agrees:
            return "reject", "no_digit", "The champion is sure that it is no digit."
        return "ask", "unfamiliar", "The champion does not take it for a digit."
    if not agrees:
        return "ask", "disagrees", f"The champion reads another ({sure})."
    if opinions.verdicts[i] == "recognised" and confidence >= settings.min_confidence:
        return "accept", "agrees", f"The champion reads the same ({sure})."
    return "ask", "unsure", f"The champion agrees but is not sure ({sure})."


def _find_doubtful_clients(
    corrections: Quarantined,
    contradicted: NDArray[np.bool_],
    settings: ScreeningSettings,
) -> set[str]:
    """Name the clients whose labels a sure champion contradicts too often."""
    said = Counter(corrections.clients)
    wrong = Counter(
        client
        for client, is_wrong in zip(corrections.clients, contradicted, strict=True)
        if is_wrong
    )
    return {
        client
        for client, count in wrong.items()
        if count >= settings.doubtful_least
        and count > settings.doubtful_share * said[client]
    }


def _count_room(accepted: Quarantined, settings: ScreeningSettings) -> int:
    """Count how many more may be accepted that no person has reviewed."""
    by_person = int(accepted.by_person.sum())
    share = settings.unreviewed_share
    most = max(settings.unreviewed_floor, int(by_person * share / (1 - share)))
    return max(0, most - (len(accepted) - by_person))
