"""An embedding table of which only some rows learn: gradients and the state of Adam exist for these alone."""

from __future__ import annotations

import numpy as np
import torch


class TrainedRows(torch.nn.Module):
    """Takes the place of an embedding layer while it learns; `merge` writes the learned rows back into the table."""

    def __init__(self, table: torch.Tensor, ids: np.ndarray):
        """table (V, d) is shared, not copied; ids (n,) are the rows that learn."""
        super().__init__()
        chosen = torch.from_numpy(ids).to(table.device)
        places = torch.full((len(table),), -1, dtype=torch.long, device=table.device)
        places[chosen] = torch.arange(len(ids), device=table.device)
        self.register_buffer("table", table.detach(), persistent=False)
        self.register_buffer("ids", chosen, persistent=False)
        self.register_buffer("places", places, persistent=False)
        self.rows = torch.nn.Parameter(self.table[chosen].clone())

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(...) int64 -> (..., d)."""
        places = self.places[ids]
        learned = torch.nn.functional.embedding(places.clamp(min=0), self.rows)
        return torch.where((places >= 0)[..., None], learned, self.table[ids])

    def merge(self) -> None:
        """Write the rows into the table."""
        self.table[self.ids] = self.rows.detach()
