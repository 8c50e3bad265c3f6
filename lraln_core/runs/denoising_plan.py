"""How denoising word alignment trains: the plan of each preset, with what the configuration says over it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .config import DenoisingConfig


@dataclass(frozen=True)
class DenoisingPlan:
    """Values for a processor, or those with which XLM-Align [Chi et al. 2021] was trained by the command that its authors published.

    That command is in the folder infoxlm of their repository unilm. Batches are counted in sentence pairs.
    """

    steps: int
    batch_size: int
    learning_rate: float
    warmup_steps: int
    top_layers: int  # 0 for all weights
    mask_share: float
    temperature: float  # of cosines in the pointer, 0 for scaled products
    joint: bool  # both sentences as one input
    language_modelling: float  # weight of masked language modelling, 0 for none
    pairs_per_labelling: int  # sentence pairs of an expectation step
    filtering: int  # rounds of filtering in the self-labels; those after the first link words without a link
    evaluate_every: int


PLANS = {
    "cpu": DenoisingPlan(
        steps=120,
        batch_size=12,
        learning_rate=5e-5,
        warmup_steps=12,
        top_layers=4,
        mask_share=0.3,
        temperature=0.05,
        joint=False,
        language_modelling=0.0,
        pairs_per_labelling=480,
        filtering=1,
        evaluate_every=40,
    ),
    "paper": DenoisingPlan(
        steps=200_000,
        batch_size=2048,
        learning_rate=2e-4,
        warmup_steps=10_000,
        top_layers=0,
        mask_share=0.15,
        temperature=0.0,
        joint=True,
        language_modelling=1.0,
        pairs_per_labelling=2048,
        filtering=2,
        evaluate_every=1000,
    ),
}


def plan(config: DenoisingConfig) -> DenoisingPlan:
    """The plan of the preset with the steps and layers of the configuration, where it gives any."""
    found = PLANS[config.preset]
    if config.steps:
        found = dataclasses.replace(found, steps=config.steps, warmup_steps=min(found.warmup_steps, config.steps // 10))
    return found if config.top_layers < 0 else dataclasses.replace(found, top_layers=config.top_layers)
