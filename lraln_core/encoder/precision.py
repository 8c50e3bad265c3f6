"""Numeric precision of the frozen language model: float32, bfloat16 or int8, where the processor supports it natively."""

from __future__ import annotations

import warnings
from typing import Any

import torch

from lraln_core.choices import Precision
from lraln_core.errors import EncoderError


def offered(device: str) -> list[Precision]:
    """Precisions that this machine supports in hardware."""
    if device.startswith("cuda"):
        return [Precision.FLOAT32, *([Precision.BFLOAT16] if torch.cuda.is_bf16_supported(including_emulation=False) else [])]
    has = torch.cpu.get_capabilities()
    short = [Precision.BFLOAT16] if has.get("avx512_bf16") or has.get("amx_bf16") or has.get("bf16") else []
    whole = [Precision.INT8] if any(has.get(name) for name in ("avx512_vnni", "avx_vnni", "amx_int8")) else []
    return [Precision.FLOAT32, *short, *whole]


def resolve(precision: Precision, device: str, *, emulated: bool = False) -> Precision:
    """The precision to compute in: for `auto` bfloat16 where it is fast, else float32. Raises EncoderError as `require` does.

    emulated allows bfloat16 also where it is slow: for more vectors of a run that was computed in it on another machine.
    """
    if precision is Precision.AUTO:
        return Precision.BFLOAT16 if Precision.BFLOAT16 in offered(device) else Precision.FLOAT32
    return precision if emulated and precision is Precision.BFLOAT16 else require(precision, device)


def require(precision: Precision, device: str) -> Precision:
    """The precision itself. Raises EncoderError where the machine would emulate it, which is slower than float32."""
    found = offered(device)
    if precision not in found:
        raise EncoderError(
            f"This {'graphics card' if device.startswith('cuda') else 'processor'} does not compute in {precision}; "
            f"set encoder.precision to {' or '.join(found)}."
        )
    return precision


def in_precision(model: Any, precision: Precision, device: str) -> Any:
    """The model with 8-bit linear layers for int8, in place; bfloat16 is chosen operation by operation when it runs."""
    if precision is not Precision.INT8:
        return model
    require(precision, device)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its move to another package has been announced; the version used is pinned
        return torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8, inplace=True)
