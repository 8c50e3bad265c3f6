"""Several annotators on one sample: who judges which pairs, where they disagree, and what an adjudicator decided.

A decision is a judgement under the name ADJUDICATOR; it stands above the verdicts of the annotators wherever a verdict is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lraln_core.errors import ConfigError, WorkspaceError
from lraln_core.evaluation.judged import ADJUDICATOR
from lraln_core.files.atomic import disk_errors, replacing
from lraln_core.files.workspace import Workspace
from lraln_core.store.database import Database

from .results import Standing, standing

MAX_GUIDELINES = 20_000  # characters
USUAL_GUIDELINES = """\
1. Read both sentences. They are not translations of each other: only the two marked words are in question.
2. **Correct**: the marked words could translate each other where they stand, also in another inflected form (house, houses).
3. **Similar meaning**: related, but no translation: river and sea, went and arrives, a country and its people.
4. **Wrong**: the meanings are not related, or a function word stands for a content word.
5. **Unsure**: you do not know one of the words, or the sentence is broken. Such pairs do not count.
6. Judge the meaning in these sentences, not the most frequent meaning of the word.
"""


def queue(size: int, team: Sequence[str], each: int, name: str) -> list[int]:
    """The items of a sample that one annotator judges: every item goes to `each` of the team, in turn, so that all get equally many.

    queue(4, ["ana", "ben", "cem"], 2, "ana") -> [0, 1, 3]. Without a team everybody judges everything. Raises ConfigError when the name
    is not in the team.
    """
    members = list(dict.fromkeys(member.strip() for member in team if member.strip()))
    if not members:
        return list(range(size))
    if name not in members:
        raise ConfigError(f"{name or 'The annotator'} is not among {', '.join(members)}; type one of these names, or clear the team.")
    each = min(each, len(members))
    mine = members.index(name)
    return [item for item in range(size) if (mine - item * each) % len(members) < each]


@dataclass(frozen=True)
class Disputed:
    """A pair on which annotators disagree."""

    pair_id: int
    said: tuple[Standing, ...]  # of the annotators
    decision: Standing | None


def disputed(db: Database, run_id: str, pair_ids: Sequence[int] | None = None) -> list[Disputed]:
    """Pairs of a run with two different verdicts, those without a decision first. pair_ids: only these."""
    found = []
    for pair, every in standing(db, run_id, pair_ids).items():
        said = tuple(one for one in every if one.annotator != ADJUDICATOR)
        decision = next((one for one in every if one.annotator == ADJUDICATOR), None)
        if len({one.verdict for one in said}) > 1:
            found.append(Disputed(pair, said, decision))
    return sorted(found, key=lambda one: (one.decision is not None, one.pair_id))


def _guidelines_file(workspace: Workspace) -> Path:
    return workspace.judgements / "guidelines.md"


def guidelines(workspace: Workspace) -> str:
    """The guidelines of the workspace, Markdown; those of the tool before anybody has written other ones."""
    try:
        return _guidelines_file(workspace).read_text(encoding="utf-8")[:MAX_GUIDELINES]
    except FileNotFoundError:
        return USUAL_GUIDELINES
    except (OSError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"{_guidelines_file(workspace)} cannot be read ({error}).") from error


def write_guidelines(workspace: Workspace, text: str) -> None:
    """Keep other guidelines; an empty text brings those of the tool back. Raises ConfigError for a long text, WorkspaceError."""
    if len(text) > MAX_GUIDELINES:
        raise ConfigError(f"The guidelines are {len(text):,} characters long; at most {MAX_GUIDELINES:,} are allowed.")
    path = _guidelines_file(workspace)
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not text.strip():
            path.unlink(missing_ok=True)
            return
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="replace")
